/**
 * The picture: its ground, and over it every region as a box that can be selected, moved and resized.
 * @import {Geometry, Rect, Region, StageActions, View, Vocabulary} from "./types"
 */
import { createBox, labelRows, updateBox } from "./box.mjs";
import { createBrush } from "./brush.mjs";
import { regionOf } from "./canvas_state.mjs";
import { ARROWS, element, setAttribute, setText } from "./dom.mjs";
import { ALL_EDGES, contains, edgesOf, sizeOf } from "./geometry.mjs";
import { createGesture } from "./gesture.mjs";
import { createGround } from "./ground.mjs";
import { holds } from "./mask.mjs";
import { createOutlines } from "./outlines.mjs";
import { t } from "./strings.mjs";
import { nameOf, placeOf } from "./words.mjs";

const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
const BEHIND = 2; // what lies behind the boxes: the ground and the outlines
const CROWD = 8; // regions; where there are more, labels are numbers alone

/**
 * @param {object} parts
 * @param {Vocabulary} parts.vocabulary
 * @param {Geometry} parts.geometry
 * @param {() => {width: number, height: number}} parts.getSize
 * @param {StageActions} parts.actions
 */
export function createStage({ vocabulary, geometry, getSize, actions }) {
    const { grid } = vocabulary;
    /** @type {View} */
    let view = { doc: null, selected: null, locked: false };
    /** @type {Map<number, ReturnType<typeof createBox>>} */
    const boxes = new Map();

    const ground = createGround(vocabulary);
    const outlines = createOutlines(geometry);
    const handles = HANDLES.map((name) => element("span", { class: `omost-handle omost-handle-${name}`, "data-handle": name }));
    const frame = element("div", { class: "omost-frame", "aria-hidden": "true" }, ...handles);
    const picture = element(
        "div", { class: "omost-picture", role: "group", "aria-label": t("Regions of the picture"), onkeydown: onKeyDown, onkeyup: onKeyUp },
        ground.root, outlines.root, frame,
    );
    const caption = element("p", { class: "omost-caption", role: "status" });
    const brush = createBrush({ picture, geometry, actions, getView: () => view, focus });
    const root = element("div", { class: "omost-stage" }, picture, brush.root, caption);
    const gesture = createGesture({ picture, grid, hit, focus, actions, getView: () => view });

    /** Show a document; called at every step of a gesture too. @param {View} next */
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
        const names = regions.map(nameOf);
        const rows = labelRows(regions.map(geometry.rectOf), isCrowded ? names.map(() => "") : names);
        regions.forEach((region, index) => showBox(region, index, names[index], rows[index]));
        updateFrame();
        outlines.update(regions, view.selected);
        brush.update();
        ground.paint(view.doc, geometry.rectOf);
    }

    /** @param {Region} region @param {number} index @param {string} name @param {number} row of its label */
    function showBox(region, index, name, row) {
        const box = boxes.get(region.id) ?? createBox(region.id, () => view.locked || actions.select(region.id));
        boxes.set(region.id, box);
        const before = picture.children[index + BEHIND];
        if (before !== box.root) picture.insertBefore(box.root, before);
        const rect = geometry.rectOf(region);
        position(box.root, rect, region.id);
        updateBox(box, region, { number: index + 1, name, rect, row, selected: region.id === view.selected, locked: view.locked, grid });
    }

    function updateFrame() {
        const region = regionOf(view.doc, view.selected);
        const moves = view.locked ? "" : t("Drag a box to move it, a corner or an edge to resize it.");
        const hint = view.doc?.regions.length ? moves : view.locked ? t("The boxes appear here as they are written.") : "";
        setText(caption, region ? placeOf(region) : hint);
        frame.hidden = !region || view.locked;
        if (region) position(frame, geometry.rectOf(region), region.id);
    }

    /** By a transform alone while a box is moved. @param {HTMLElement} node @param {Rect} rect @param {number} id */
    function position(node, rect, id) {
        const moved = gesture.movedFrom(id, rect);
        node.style.transform = moved ? `translate(${moved.x}px, ${moved.y}px)` : "";
        const [top, bottom, left, right] = moved?.from ?? rect;
        const percent = (/** @type {number} */ cells) => `${(cells * 100) / grid}%`;
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
            .map(({ id, hidden, ...place }) => {
                const rect = geometry.rectOf(place);
                const isThere = contains(rect, x, y) && (id === view.selected || (!hidden && holds(place, rect, x, y, grid)));
                return { id, rect, isThere };
            })
            .filter(({ id, isThere }) => (label ? boxes.get(id)?.root.contains(label) : isThere))
            .sort((one, other) => sizeOf(one.rect) - sizeOf(other.rect));
        const at = under.findIndex(({ id }) => id === view.selected);
        const chosen = under[Math.max(at, 0)];
        return { id: chosen?.id ?? null, below: at < 0 ? null : under[(at + 1) % under.length].id, rect: chosen?.rect ?? null };
    }

    /** @param {KeyboardEvent} event */
    function onKeyDown(event) {
        const id = [...boxes.keys()].find((one) => boxes.get(one)?.root === event.target);
        if (id === undefined || view.locked || event.ctrlKey || event.metaKey || event.altKey) return;
        if (!(id === view.selected && brush.onKey(event)) && !tookKey(event, id, actions, gesture.cancel)) return;
        event.preventDefault();
        event.stopPropagation(); // Escape interrupts a job elsewhere on the page
    }

    /** @param {KeyboardEvent} event */
    function onKeyUp(event) {
        if (event.key in ARROWS) actions.settle();
    }

    /** @param {number} id */
    function focus(id) {
        boxes.get(id)?.root.focus({ preventScroll: true });
    }

    function cancel() {
        brush.cancel();
        gesture.cancel();
    }

    return { root, update, layOver: ground.show, focus, cancel, toggles: brush.toggles };
}

/** Do what a key means to a box; false where that is nothing. @param {KeyboardEvent} event @param {number} id
 * @param {StageActions} actions @param {() => boolean} cancel */
function tookKey(event, id, actions, cancel) {
    if (event.key in ARROWS) actions.step(id, event.shiftKey ? edgesOf("se") : ALL_EDGES, ...ARROWS[event.key]);
    else if (event.key === "Delete" || event.key === "Backspace") actions.remove(id);
    else if (event.key === "Enter" || event.key === " ") actions.select(id);
    else if (event.key === "Escape" && !cancel()) actions.select(null);
    else if (event.key !== "Escape") return false;
    return true;
}
