/**
 * The canvas as layers of flat colour, one pixel a cell, to the last bit as the server paints it; and the draft, blurred of it.
 * @import {CanvasRegion, Rect, Vocabulary} from "./types"
 */
import { farToNear } from "./canvas_state.mjs";
import { cellsOf } from "./mask.mjs";

const OPACITY = 0.7; // of a layer
const BEHIND = Math.fround(0.3); // of what lies behind it, which is kept in single precision
const BLUR_RADIUS = 40; // cells, as the server has it

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

/**
 * The draft, one pixel a cell: each is the average of the 81 × 81 cells around it, reflected at the edges of the grid.
 * @param {Uint8ClampedArray<ArrayBuffer>} cells of `paintCells` @param {number} grid
 */
export function draftOf(cells, grid) {
    const across = averaged(Float64Array.from(cells), grid, 4, grid * 4);
    return new Uint8ClampedArray(averaged(across, grid, grid * 4, 4)); // which rounds to the nearest
}

/** Along one axis. @param {Float64Array} cells @param {number} grid @param {number} step to the next cell @param {number} line to the next line */
function averaged(cells, grid, step, line) {
    const result = new Float64Array(cells.length);
    const at = (/** @type {number} */ cell) => (cell < 0 ? -cell : cell < grid ? cell : 2 * grid - 2 - cell) * step;
    for (let start = 0; start < grid; start++)
        for (let channel = 0; channel < 4; channel++) {
            const first = start * line + channel;
            let sum = 0;
            for (let cell = -BLUR_RADIUS; cell <= BLUR_RADIUS; cell++) sum += cells[first + at(cell)];
            for (let cell = 0; cell < grid; cell++) {
                result[first + cell * step] = sum / (2 * BLUR_RADIUS + 1);
                sum += cells[first + at(cell + BLUR_RADIUS + 1)] - cells[first + at(cell - BLUR_RADIUS)];
            }
        }
    return result;
}
