/**
 * The brush and the eraser: they paint the selected region's mask on the picture, by pointer or by keys.
 * @import {Region, StageActions, Translate, View} from "./types"
 */
import { regionOf } from "./canvas_state.mjs";
import { button, element, setAttribute, setText } from "./dom.mjs";
import { pickFile } from "./files.mjs";
import { cellsOf } from "./mask.mjs";
import { cellsOfPicture, stroked } from "./strokes.mjs";

const SIZES = { least: 1, most: 30, first: 8 }; // cells across
const FAR = 5; // cells that an arrow moves the brush with Shift
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @typedef {"paint" | "erase" | null} Tool */

/**
 * @param {object} parts
 * @param {HTMLElement} parts.picture
 * @param {ReturnType<typeof import("./geometry.mjs").createGeometry>} parts.geometry
 * @param {Translate} parts.t
 * @param {StageActions} parts.actions
 * @param {() => View} parts.getView
 * @param {(id: number) => void} parts.focus
 */
export function createBrush({ picture, geometry, t, actions, getView, focus }) {
    const { grid } = geometry;
    /** @type {Tool} */
    let tool = null;
    /** @type {[number, number]} */
    let at = [grid / 2, grid / 2];
    /** @type {{pointer: number, cells: Uint8Array} | null} */
    let stroke = null;
    const tip = element("div", { class: "omost-tip", "aria-hidden": "true", hidden: true });
    picture.append(tip);
    const bar = createBrushBar({ t, use, resized: showTip, load, clear });
    picture.addEventListener("pointerdown", onDown, true);
    picture.addEventListener("pointermove", onMove, true);
    picture.addEventListener("pointerup", onEnd, true);
    picture.addEventListener("pointercancel", onEnd, true);
    picture.addEventListener("pointerleave", () => !stroke && (tip.hidden = true));

    /** The region that is painted, null where nothing can be. @returns {Region | null} */
    function target() {
        const { doc, selected, locked } = getView();
        return locked ? null : regionOf(doc, selected);
    }

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

    /** @param {PointerEvent} event @returns {[number, number]} */
    function pointOf(event) {
        const bounds = picture.getBoundingClientRect();
        return [((event.clientX - bounds.left) * grid) / bounds.width, ((event.clientY - bounds.top) * grid) / bounds.height];
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
        at = pointOf(event);
        stroke = { pointer: event.pointerId, cells: paint(region, begun(region), at) };
        showTip();
    }

    /** @param {PointerEvent} event */
    function onMove(event) {
        const region = target();
        if (tool === null || region === null) return;
        const from = at;
        if (stroke && stroke.pointer !== event.pointerId) return;
        at = pointOf(event);
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
            const by = event.shiftKey ? FAR : 1;
            const [x, y] = ARROWS[event.key];
            at = [Math.min(grid, Math.max(0, at[0] + x * by)), Math.min(grid, Math.max(0, at[1] + y * by))];
        } else return false;
        showTip();
        return true;
    }

    async function load() {
        const region = target();
        const file = region && (await pickFile("image/*"));
        if (!file || target()?.id !== region.id) return;
        const cells = await cellsOfPicture(file, grid).catch(() => null);
        if (cells === null) bar.tell(t("This is no picture that can be read."));
        else if (!cells.some(Boolean)) bar.tell(t("This picture is dark all over: what is white in it, or opaque, becomes the region."));
        else {
            actions.shape(region.id, cells, false);
            bar.tell("");
        }
    }

    function clear() {
        const region = target();
        if (region) actions.unshape(region.id);
    }

    return { root: bar.root, toggles: bar.toggles, update, onKey };
}

/**
 * @param {object} parts
 * @param {Translate} parts.t
 * @param {(tool: Tool) => void} parts.use
 * @param {() => void} parts.resized
 * @param {() => void} parts.load
 * @param {() => void} parts.clear
 */
function createBrushBar({ t, use, resized, load, clear }) {
    /** @type {Tool} */
    let now = null;
    const toggle = (/** @type {Tool} */ tool) => () => use(now === tool ? null : tool);
    const brush = button("brush", t("Paint the region's mask"), toggle("paint"));
    const eraser = button("eraser", t("Erase from the region's mask"), toggle("erase"));
    const size = element("input", {
        type: "range", min: SIZES.least, max: SIZES.most, value: SIZES.first, oninput: resized, "aria-label": t("Size of the brush"),
    });
    const clearing = button("remove", t("Clear mask"), clear, true);
    const loading = button("add", t("Load a picture as mask"), load, true);
    const words = element("p", { class: "omost-note", role: "status" });
    const root = element("div", { class: "omost-brush", hidden: true }, size, clearing, loading, words);

    /** @param {{tool: Tool, region: Region | null}} given */
    function update({ tool, region }) {
        const isNew = tool !== now;
        now = tool;
        for (const [node, own] of /** @type {[HTMLButtonElement, Tool][]} */ ([[brush, "paint"], [eraser, "erase"]])) {
            setAttribute(node, "aria-pressed", String(tool === own));
            node.disabled = region === null && tool !== own;
        }
        loading.disabled = region === null;
        clearing.disabled = !region?.mask;
        root.hidden = tool === null;
        if (isNew || region === null) tell(region ? t("Paint with the pointer, or with the arrow keys and the space bar. The first stroke takes the place of the box.") : t("Select a region to paint its mask."));
    }

    /** @param {string} text */
    function tell(text) {
        setText(words, text);
    }

    return { root, toggles: [brush, eraser], update, tell, size: () => size.valueAsNumber };
}
