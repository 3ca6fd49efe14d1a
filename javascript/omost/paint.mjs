/**
 * The draft: the canvas as layers of flat colour, one pixel a cell, to the last bit as the server paints it.
 * @import {CanvasRegion, Rect, Vocabulary} from "./types"
 */
import { farToNear } from "./canvas_state.mjs";
import { cellsOf } from "./mask.mjs";

const OPACITY = 0.7; // of a layer
const BEHIND = Math.fround(0.3); // of what lies behind it, which is kept in single precision

/**
 * Red, green, blue and alpha of every cell, row by row.
 * @param {{color_name: string, regions: CanvasRegion[]}} canvas  without hidden regions
 * @param {Vocabulary} vocabulary
 * @param {(region: CanvasRegion) => Rect} rectOf
 * @returns {Uint8ClampedArray<ArrayBuffer>}
 */
export function paintCells(canvas, { grid, colors }, rectOf) {
    const cells = new Float32Array(grid * grid * 4).fill(255);
    const paint = (/** @type {number} */ at, /** @type {number[]} */ rgb, /** @type {number} */ opacity) => {
        for (let channel = 0; channel < 3; channel++)
            cells[at + channel] = opacity * rgb[channel] + (opacity < 1 ? Math.fround(BEHIND * cells[at + channel]) : 0);
    };
    for (let at = 0; at < cells.length; at += 4) paint(at, colors[canvas.color_name], 1);
    for (const region of farToNear(canvas.regions)) {
        const [top, bottom, left, right] = rectOf(region);
        const rgb = colors[region.color_name];
        const shape = region.mask ? cellsOf(region, [top, bottom, left, right], grid) : null;
        for (let y = top; y < bottom; y++)
            for (let x = left; x < right; x++)
                if (!shape || shape[y * grid + x]) paint((y * grid + x) * 4, rgb, OPACITY);
    }
    return new Uint8ClampedArray(new Uint8Array(cells).buffer); // truncated once, at the end
}
