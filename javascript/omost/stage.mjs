/**
 * The picture: the draft, and over it every region as a box that can be selected, moved and resized.
 * @import {Rect, Region, StageActions, Translate, View, Vocabulary} from "./types.d.ts"
 */
import { regionOf } from "./canvas_state.mjs";
import { element, setAttribute, setText } from "./dom.mjs";
import { ALL_EDGES, contains, edgesOf, sizeOf } from "./geometry.mjs";
import { createGesture } from "./gesture.mjs";
import { paintCells } from "./paint.mjs";
import { labelOf, nameOf, placeOf } from "./words.mjs";

const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const CROWD = 8; // regions; where there are more, labels are numbers alone
const ABOVE_ALL = 8500; // more than the cells of the grid, less than the frame
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
    /** @type {View} */
    let view = { doc: null, selected: null, locked: false };
    /** @type {Map<number, {root: HTMLElement, number: HTMLElement, name: HTMLElement}>} */
    const boxes = new Map();

    const draft = element("canvas", { class: "omost-draft", width: grid, height: grid, "aria-hidden": "true" });
    const pen = draft.getContext("2d");
    const handles = HANDLES.map((name) => element("span", { class: `omost-handle omost-handle-${name}`, "data-handle": name }));
    const frame = element("div", { class: "omost-frame", "aria-hidden": "true" }, ...handles);
    const picture = element(
        "div", { class: "omost-picture", role: "group", "aria-label": t("Regions of the picture"), onkeydown: onKeyDown, onkeyup: onKeyUp },
        draft, frame,
    );
    const caption = element("p", { class: "omost-caption", role: "status" });
    const root = element("div", { class: "omost-stage" }, picture, caption);
    const gesture = createGesture({ picture, grid, hit, focus, actions, getView: () => view });

    /** Show a document; called at every step of a gesture too. */
    function update(next) {
        view = next;
        const regions = view.doc?.regions ?? [];
        const { width, height } = getSize();
        root.style.setProperty("--omost-aspect", String(width / height));
        for (const [id, box] of boxes) {
            if (regionOf(view.doc, id)) continue;
            boxes.delete(id);
            box.root.remove();
        }
        const isCrowded = regions.length > CROWD;
        setAttribute(picture, "data-crowded", isCrowded);
        const names = regions.map((region) => nameOf(region, t));
        const rows = labelRows(regions.map(geometry.rectOf), isCrowded ? names.map(() => "") : names);
        regions.forEach((region, index) => updateBox(region, index, names[index], rows[index]));
        updateFrame();
        paint();
    }

    function paint() {
        if (!view.doc) return pen.clearRect(0, 0, grid, grid);
        const shown = { ...view.doc, regions: view.doc.regions.filter((region) => !region.hidden) };
        pen.putImageData(new ImageData(paintCells(shown, vocabulary, geometry.rectOf), grid, grid), 0, 0);
    }

    function updateBox(region, index, name, row) {
        const box = boxes.get(region.id) ?? newBox(region.id);
        boxes.set(region.id, box);
        if (picture.children[index + 1] !== box.root) picture.insertBefore(box.root, picture.children[index + 1]);
        const rect = geometry.rectOf(region);
        position(box.root, rect, region.id);
        box.root.style.zIndex = String(region.id === view.selected ? ABOVE_ALL : grid * grid - sizeOf(rect)); // small over large
        box.root.style.setProperty("--omost-row", String(row));
        setAttribute(box.root, "data-hidden", region.hidden);
        setAttribute(box.root, "aria-pressed", String(region.id === view.selected));
        setAttribute(box.root, "aria-disabled", view.locked ? "true" : null);
        setAttribute(box.root, "aria-label", labelOf(region, index + 1, t));
        setText(box.number, String(index + 1));
        setText(box.name, name);
    }

    function newBox(id) {
        const [number, name] = [element("b"), element("bdi")];
        const label = element("span", { class: "omost-label", "aria-hidden": "true" }, number, " ", name);
        const onfocus = () => !view.locked && actions.select(id);
        return { root: element("div", { class: "omost-box", role: "button", tabindex: 0, "data-id": id, onfocus }, label), number, name };
    }

    function updateFrame() {
        const region = regionOf(view.doc, view.selected);
        const hint = view.locked || !view.doc?.regions.length ? "" : t("Drag a box to move it, a corner or an edge to resize it.");
        setText(caption, region ? placeOf(region, t) : hint);
        frame.hidden = !region || view.locked;
        if (region) position(frame, geometry.rectOf(region), region.id);
    }

    /** By a transform alone while a box is moved. */
    function position(node, rect, id) {
        const moved = gesture.movedFrom(id, rect);
        node.style.transform = moved ? `translate(${moved.x}px, ${moved.y}px)` : "";
        const [top, bottom, left, right] = moved?.from ?? rect;
        const percent = (cells) => `${(cells * 100) / grid}%`;
        Object.assign(node.style, { top: percent(top), left: percent(left), width: percent(right - left), height: percent(bottom - top) });
    }

    /**
     * The region that a press means: that of the label under it, else the selected one when it is there, else the
     * smallest. `below` is what a second click goes on to.
     * @param {PointerEvent} event @param {number} x cell @param {number} y cell
     * @returns {{id: number | null, below: number | null, rect: Rect | null}}
     */
    function hit(event, x, y) {
        const label = document.elementsFromPoint(event.clientX, event.clientY).find((node) => node.matches(".omost-label"));
        const under = (view.doc?.regions ?? [])
            .map(({ id, hidden, ...place }) => ({ id, rect: geometry.rectOf(place), isThere: !hidden || id === view.selected }))
            .filter(({ id, rect, isThere }) => (label ? boxes.get(id).root.contains(label) : isThere && contains(rect, x, y)))
            .sort((one, other) => sizeOf(one.rect) - sizeOf(other.rect));
        const at = under.findIndex(({ id }) => id === view.selected);
        const chosen = under[Math.max(at, 0)];
        return { id: chosen?.id ?? null, below: at < 0 ? null : under[(at + 1) % under.length].id, rect: chosen?.rect ?? null };
    }

    function onKeyDown(event) {
        const id = [...boxes.keys()].find((one) => boxes.get(one).root === event.target);
        if (id === undefined || view.locked || event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key in ARROWS) actions.step(id, event.shiftKey ? edgesOf("se") : ALL_EDGES, ...ARROWS[event.key]);
        else if (event.key === "Delete" || event.key === "Backspace") actions.remove(id);
        else if (event.key === "Enter" || event.key === " ") actions.select(id);
        else if (event.key === "Escape" && !gesture.cancel()) actions.select(null);
        else if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation(); // Escape interrupts a job elsewhere on the page
    }

    function onKeyUp(event) {
        if (event.key in ARROWS) actions.settle();
    }

    function focus(id) {
        boxes.get(id)?.root.focus({ preventScroll: true });
    }

    return { root, update, focus, cancel: gesture.cancel };
}

/**
 * How many labels each label has to step aside for: those that it would cover.
 * @param {Rect[]} rects @param {string[]} names
 */
function labelRows(rects, names) {
    /** @type {{top: number, left: number, right: number}[]} */
    const taken = [];
    return rects.map(([top, , left, end], index) => {
        const right = Math.min(end, left + (names[index].length + 5) * LETTER_WIDTH);
        const isFree = (y) => !taken.some((label) =>
            left < label.right && label.left < right && Math.abs(y - label.top) < LABEL_HEIGHT);
        let row = 0;
        while (row < 12 && !isFree(top + row * LABEL_HEIGHT)) row++;
        taken.push({ top: top + row * LABEL_HEIGHT, left, right });
        return row;
    });
}
