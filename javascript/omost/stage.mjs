/**
 * The picture: the draft, and over it every region as a box that can be selected, moved and resized.
 *
 * @typedef {import("./canvas_state.mjs").Document} Document
 * @typedef {import("./canvas_state.mjs").Region} Region
 * @typedef {import("./geometry.mjs").Edges} Edges
 * @typedef {import("./geometry.mjs").Rect} Rect
 * @typedef {import("./geometry.mjs").Vocabulary} Vocabulary
 * @typedef {import("./words.mjs").Translate} Translate
 *
 * @typedef {object} StageActions
 * @property {(id: number | null) => void} select
 * @property {(id: number, edges: Edges, dx: number, dy: number) => void} preview  a gesture got as far as dx, dy cells
 * @property {() => void} keep  the gesture is over, and what it shows stays
 * @property {() => void} cancel  the gesture is over, and all is as before it
 * @property {(id: number, edges: Edges, dx: number, dy: number) => void} step  one key press
 * @property {() => void} settle  the key was let go
 * @property {(id: number) => void} remove
 */
import { regionOf } from "./canvas_state.mjs";
import { element, setAttribute, setText } from "./dom.mjs";
import { ALL_EDGES, contains, edgesOf, sizeOf } from "./geometry.mjs";
import { paintCells } from "./paint.mjs";
import { labelOf, nameOf, placeOf } from "./words.mjs";

const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
const CROWD = 8; // regions; where there are more, labels are numbers alone
const ABOVE_ALL = 8500; // more than the cells of the grid, less than the frame
const SLACK = 4; // pixels that a click may slip
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const LABEL_HEIGHT = 5; // cells, about
const LETTER_WIDTH = 1.5;

/**
 * @param {object} parts
 * @param {Vocabulary} parts.vocabulary
 * @param {ReturnType<typeof import("./geometry.mjs").createGeometry>} parts.geometry
 * @param {Translate} parts.t
 * @param {() => {width: number, height: number}} parts.getSize
 * @param {StageActions} parts.actions
 */
export function createStage({ vocabulary, geometry, t, getSize, actions }) {
    const { grid } = vocabulary;
    const draft = element("canvas", { class: "omost-draft", width: grid, height: grid, "aria-hidden": "true" });
    const pen = /** @type {CanvasRenderingContext2D} */ (draft.getContext("2d"));
    const frame = element("div", { class: "omost-frame", "aria-hidden": "true" });
    for (const name of HANDLES) frame.append(element("span", { class: `omost-handle omost-handle-${name}`, "data-handle": name }));
    const picture = element("div", { class: "omost-picture", role: "group", "aria-label": t("Regions of the picture") }, draft, frame);
    const caption = element("p", { class: "omost-caption", role: "status" });
    const root = element("div", { class: "omost-stage" }, picture, caption);

    /** @type {Map<number, HTMLElement>} */
    const boxes = new Map();
    /** @type {{document: Document | null, selected: number | null, locked: boolean}} */
    let view = { document: null, selected: null, locked: false };
    /** @type {{pointer: number, id: number, edges: Edges, x: number, y: number, dx: number, dy: number, moved: boolean,
     *   below: number | null, tapOnly: boolean, from: Rect | null} | null} */
    let gesture = null;
    let asked = 0; // the animation frame that will show the gesture

    picture.addEventListener("pointerdown", onPointerDown);
    picture.addEventListener("pointermove", onPointerMove);
    picture.addEventListener("pointerup", onPointerUp);
    picture.addEventListener("pointercancel", () => endGesture(actions.cancel));
    picture.addEventListener("keydown", onKeyDown);
    picture.addEventListener("keyup", (event) => event.key in ARROWS && actions.settle());

    /** Show a document; called at every step of a gesture too. @param {typeof view} next */
    function update(next) {
        view = next;
        const regions = view.document?.regions ?? [];
        const { width, height } = getSize();
        root.style.setProperty("--omost-aspect", String(width / height));
        for (const [id, box] of boxes) if (!regionOf(view.document, id)) boxes.delete(id), box.remove();
        setAttribute(picture, "data-crowded", regions.length > CROWD);
        const rows = labelRows(regions.map(geometry.rectOf), regions.map((region) => nameOf(region, t)), regions.length > CROWD);
        regions.forEach((region, index) => updateBox(region, index, rows[index]));
        updateFrame();
        paint();
    }

    function paint() {
        if (!view.document) return pen.clearRect(0, 0, grid, grid);
        const shown = { ...view.document, regions: view.document.regions.filter((region) => !region.hidden) };
        pen.putImageData(new ImageData(/** @type {any} */ (paintCells(shown, vocabulary, geometry.rectOf)), grid, grid), 0, 0);
    }

    /** @param {Region} region @param {number} index @param {number} row of its label */
    function updateBox(region, index, row) {
        let box = boxes.get(region.id);
        if (!box) {
            box = newBox(region.id);
            boxes.set(region.id, box);
        }
        if (picture.children[index + 1] !== box) picture.insertBefore(box, picture.children[index + 1]);
        const rect = geometry.rectOf(region);
        position(box, rect, region.id);
        box.style.zIndex = String(region.id === view.selected ? ABOVE_ALL : grid * grid - sizeOf(rect)); // small over large
        box.style.setProperty("--omost-row", String(row));
        setAttribute(box, "data-hidden", region.hidden);
        setAttribute(box, "aria-pressed", String(region.id === view.selected));
        setAttribute(box, "aria-disabled", view.locked ? "true" : null);
        setAttribute(box, "aria-label", labelOf(region, index + 1, t));
        const [number, name] = /** @type {any} */ (box.firstElementChild).children;
        setText(number, String(index + 1));
        setText(name, nameOf(region, t).slice(0, 80));
    }

    /** @param {number} id */
    function newBox(id) {
        const label = element("span", { class: "omost-label", "aria-hidden": "true" }, element("b"), element("bdi"));
        const select = () => !view.locked && view.selected !== id && actions.select(id);
        return element("div", { class: "omost-box", role: "button", tabindex: 0, "data-id": id, onfocus: select }, label);
    }

    function updateFrame() {
        const region = regionOf(view.document, view.selected);
        frame.hidden = !region || view.locked;
        const hint = view.locked || !view.document?.regions.length ? "" : t("Drag a box to move it, a corner or an edge to resize it.");
        setText(caption, region ? placeOf(region, t) : hint);
        if (region) position(frame, geometry.rectOf(region), region.id);
    }

    /** By a transform alone while a box is moved. @param {HTMLElement} node @param {Rect} rect @param {number} id */
    function position(node, rect, id) {
        const from = gesture?.id === id ? gesture.from : null;
        if (from && rect[1] - rect[0] === from[1] - from[0] && rect[3] - rect[2] === from[3] - from[2]) {
            const { width, height } = cellSize();
            node.style.transform = `translate(${(rect[2] - from[2]) * width}px, ${(rect[0] - from[0]) * height}px)`;
            return place(node, from);
        }
        node.style.transform = "";
        place(node, rect);
    }

    /** @param {HTMLElement} node @param {Rect} rect */
    function place(node, [top, bottom, left, right]) {
        const percent = (/** @type {number} */ cells) => `${(cells * 100) / grid}%`;
        Object.assign(node.style, {
            top: percent(top), left: percent(left), width: percent(right - left), height: percent(bottom - top),
        });
    }

    let measured = { width: 0, height: 0 }; // of a cell in pixels, when the gesture began
    const cellSize = () => measured;

    /** @param {PointerEvent} event */
    function onPointerDown(event) {
        if (event.button !== 0 || view.locked || gesture) return;
        const bounds = picture.getBoundingClientRect();
        measured = { width: bounds.width / grid, height: bounds.height / grid };
        const handle = /** @type {Element} */ (event.target).getAttribute("data-handle");
        const { chosen, below } = hit(event, handle);
        if (chosen === null) {
            actions.select(null);
            return;
        }
        // A finger scrolls the page over a box until the box is selected; only then it drags.
        const tapOnly = event.pointerType === "touch" && chosen !== view.selected;
        const region = /** @type {Region} */ (regionOf(view.document, chosen));
        gesture = {
            pointer: event.pointerId, id: chosen, edges: handle ? edgesOf(handle) : ALL_EDGES, x: event.clientX, y: event.clientY,
            dx: 0, dy: 0, moved: false, below, tapOnly, from: geometry.rectOf(region),
        };
        if (tapOnly) return;
        event.preventDefault(); // no text is selected, and focus goes where we say
        if (chosen !== view.selected) actions.select(chosen);
        boxes.get(chosen)?.focus({ preventScroll: true });
        picture.setPointerCapture(event.pointerId);
    }

    /**
     * What a press means: the label under it, else the selected region when it is there, else the smallest. `below` is
     * what a second click on the selected region goes on to.
     * @param {PointerEvent} event @param {string | null} handle
     */
    function hit(event, handle) {
        const bounds = picture.getBoundingClientRect();
        const x = ((event.clientX - bounds.left) * grid) / bounds.width;
        const y = ((event.clientY - bounds.top) * grid) / bounds.height;
        if (handle) return { chosen: view.selected, below: null };
        const under = (view.document?.regions ?? [])
            .filter((region) => (!region.hidden || region.id === view.selected) && contains(geometry.rectOf(region), x, y))
            .sort((one, other) => sizeOf(geometry.rectOf(one)) - sizeOf(geometry.rectOf(other)))
            .map((region) => region.id);
        const label = document.elementsFromPoint(event.clientX, event.clientY).find((node) => node.matches(".omost-label"));
        if (label) return { chosen: Number(label.parentElement?.getAttribute("data-id")), below: null };
        const at = under.indexOf(view.selected ?? -1);
        if (at >= 0) return { chosen: under[at], below: under[(at + 1) % under.length] };
        return { chosen: under[0] ?? null, below: null };
    }

    /** @param {PointerEvent} event */
    function onPointerMove(event) {
        if (gesture?.pointer !== event.pointerId || gesture.tapOnly) return;
        const [x, y] = [event.clientX - gesture.x, event.clientY - gesture.y];
        if (!gesture.moved && Math.hypot(x, y) < SLACK) return;
        gesture.moved = true;
        const [dx, dy] = [Math.round(x / measured.width), Math.round(y / measured.height)];
        if (dx === gesture.dx && dy === gesture.dy) return;
        [gesture.dx, gesture.dy] = [dx, dy];
        asked ||= requestAnimationFrame(showGesture);
    }

    function showGesture() {
        cancelAnimationFrame(asked);
        asked = 0;
        if (gesture) actions.preview(gesture.id, gesture.edges, gesture.dx, gesture.dy);
    }

    /** @param {PointerEvent} event */
    function onPointerUp(event) {
        if (gesture?.pointer !== event.pointerId) return;
        const { id, moved, below, tapOnly } = gesture;
        if (moved) {
            if (asked) showGesture();
            endGesture(actions.keep);
            return;
        }
        endGesture(actions.cancel);
        const next = tapOnly ? id : below;
        if (next !== null && next !== view.selected) {
            actions.select(next);
            boxes.get(next)?.focus({ preventScroll: true });
        }
    }

    /** @param {() => void} end */
    function endGesture(end) {
        if (!gesture) return;
        cancelAnimationFrame(asked);
        asked = 0;
        gesture = null;
        end();
    }

    /** @param {KeyboardEvent} event */
    function onKeyDown(event) {
        const id = Number(/** @type {Element} */ (event.target).getAttribute("data-id"));
        if (!id || view.locked || event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key in ARROWS) {
            const [dx, dy] = ARROWS[event.key];
            actions.step(id, event.shiftKey ? edgesOf("se") : ALL_EDGES, dx, dy);
        } else if (event.key === "Delete" || event.key === "Backspace") {
            actions.remove(id);
        } else if (event.key === "Enter" || event.key === " ") {
            actions.select(id);
        } else if (event.key === "Escape") {
            if (gesture) endGesture(actions.cancel);
            else actions.select(null);
        } else return;
        event.preventDefault();
        event.stopPropagation(); // Escape interrupts a job elsewhere on the page
    }

    return { root, update, cancel: () => endGesture(actions.cancel), focus: (/** @type {number} */ id) => boxes.get(id)?.focus({ preventScroll: true }) };
}

/**
 * How many labels each label has to step aside for: those that it would cover.
 * @param {Rect[]} rects @param {string[]} names @param {boolean} crowded
 */
function labelRows(rects, names, crowded) {
    /** @type {{top: number, left: number, right: number}[]} */
    const taken = [];
    return rects.map(([top, , left, end], index) => {
        const right = Math.min(end, left + (Math.min(names[index].length, crowded ? 0 : 80) + 5) * LETTER_WIDTH);
        const covers = (/** @type {number} */ y) => taken.some((label) =>
            left < label.right && label.left < right && Math.abs(y - label.top) < LABEL_HEIGHT);
        let row = 0;
        while (row < 12 && covers(top + row * LABEL_HEIGHT)) row++;
        taken.push({ top: top + row * LABEL_HEIGHT, left, right });
        return row;
    });
}
