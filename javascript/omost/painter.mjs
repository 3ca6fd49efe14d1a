/**
 * How the brush and the eraser paint the selected region's mask on the picture, by pointer or by keys.
 * @import {Geometry, Region, StageActions, Tool} from "./types"
 */
import { ARROWS, element, setAttribute } from "./dom.mjs";
import { cellsOf } from "./mask.mjs";
import { stroked } from "./strokes.mjs";

const FAR = 5; // cells that an arrow moves the brush with Shift

/**
 * @param {object} parts
 * @param {HTMLElement} parts.picture
 * @param {Geometry} parts.geometry
 * @param {StageActions} parts.actions
 * @param {() => Region | null} parts.target  the region that is painted, null where nothing can be
 * @param {(id: number) => void} parts.focus
 * @param {ReturnType<typeof import("./brush_bar.mjs").createBrushBar>} parts.bar
 */
export function createPainter({ picture, geometry, actions, target, focus, bar }) {
    const { grid } = geometry;
    /** @type {Tool} */
    let tool = null;
    /** @type {[number, number]} */
    let at = [grid / 2, grid / 2];
    /** @type {{pointer: number, cells: Uint8Array} | null} */
    let stroke = null;
    const tip = element("div", { class: "omost-tip", "aria-hidden": "true", hidden: true });
    picture.append(tip);
    picture.addEventListener("pointerdown", onDown, true);
    picture.addEventListener("pointermove", onMove, true);
    picture.addEventListener("pointerup", onEnd, true);
    picture.addEventListener("pointercancel", onEnd, true);
    picture.addEventListener("pointerleave", () => !stroke && (tip.hidden = true));

    function update() {
        const region = target();
        if (region === null && stroke) stroke = null;
        bar.update({ tool, region });
        setAttribute(picture, "data-brush", tool !== null && region !== null);
        if (tool === null || region === null) tip.hidden = true;
    }

    /** @param {Tool} next */
    function use(next) {
        tool = next;
        const region = target();
        update();
        if (tool === null || region === null) return;
        const [top, bottom, left, right] = geometry.rectOf(region);
        at = [(left + right) / 2, (top + bottom) / 2];
        focus(region.id);
    }

    function showTip() {
        const percent = (/** @type {number} */ cells) => `${(cells * 100) / grid}%`;
        const [x, y] = at.map((cell) => percent(cell - bar.size() / 2));
        Object.assign(tip.style, { left: x, top: y, width: percent(bar.size()), height: percent(bar.size()) });
        tip.hidden = tool === null || target() === null;
    }

    /** What a stroke begins from: nothing where the first stroke of a brush takes the place of the rectangle.
     * @param {Region} region */
    function begun(region) {
        return tool === "paint" && !region.mask ? new Uint8Array(grid * grid) : cellsOf(region, geometry.rectOf(region), grid);
    }

    /** @param {Region} region @param {Uint8Array} cells @param {[number, number]} from */
    function paint(region, cells, from) {
        const next = stroked(cells, grid, { from, to: at, size: bar.size(), value: tool === "paint" ? 1 : 0 });
        actions.shape(region.id, next, true);
        return next;
    }

    /** @param {PointerEvent} event */
    function onDown(event) {
        const region = target();
        if (tool === null || region === null || event.button !== 0) return;
        event.preventDefault();
        event.stopImmediatePropagation(); // no box is dragged
        if (stroke) return;
        focus(region.id);
        picture.setPointerCapture(event.pointerId);
        at = pointOf(event, picture, grid);
        stroke = { pointer: event.pointerId, cells: paint(region, begun(region), at) };
        showTip();
    }

    /** @param {PointerEvent} event */
    function onMove(event) {
        const region = target();
        if (tool === null || region === null) return;
        const from = at;
        if (stroke && stroke.pointer !== event.pointerId) return;
        at = pointOf(event, picture, grid);
        showTip();
        if (stroke) stroke.cells = paint(region, stroke.cells, from);
    }

    /** @param {PointerEvent} event */
    function onEnd(event) {
        if (stroke?.pointer !== event.pointerId) return;
        event.stopImmediatePropagation();
        stroke = null;
        actions.settle();
    }

    /** Whether a key was the brush's: arrows move it, the space bar paints, Escape puts it away. @param {KeyboardEvent} event */
    function onKey(event) {
        const region = target();
        if (tool === null || region === null) return false;
        if (event.key === "Escape") use(null);
        else if (event.key === " " || event.key === "Enter") {
            paint(region, begun(region), at);
            actions.settle();
        } else if (event.key in ARROWS) {
            at = moved(at, event, grid);
        } else return false;
        showTip();
        return true;
    }

    const cancel = () => void (stroke = null); // what moves on paints no more
    return { use, update, showTip, onKey, cancel };
}

/** Where a pointer is, in cells. @param {PointerEvent} event @param {HTMLElement} picture @param {number} grid @returns {[number, number]} */
function pointOf(event, picture, grid) {
    const bounds = picture.getBoundingClientRect();
    return [((event.clientX - bounds.left) * grid) / bounds.width, ((event.clientY - bounds.top) * grid) / bounds.height];
}

/** Where an arrow moves the brush. @param {[number, number]} at @param {KeyboardEvent} event @param {number} grid @returns {[number, number]} */
function moved(at, event, grid) {
    const by = event.shiftKey ? FAR : 1;
    const [x, y] = ARROWS[event.key].map((step, axis) => Math.min(grid, Math.max(0, at[axis] + step * by)));
    return [x, y];
}
