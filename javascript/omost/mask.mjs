/**
 * Masks: the shape of a region within its rectangle, as the code that the canvas holds, and as cells of the grid. What the
 * code means is said in `lib_omost/canvas/mask.py`.
 * @import {CanvasRegion, Rect} from "./types"
 */

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEF"; // the n-th stands for n; the first is never written
const BITS = 5; // corners in a letter
const LONGEST = 90; // cells along a side
const CODE = /^([1-9]\d?)x([1-9]\d?) ([b-zA-F0-9]{1,1628})$/;

/** @typedef {{width: number, height: number, cells: Uint8Array}} Mask row by row, 1 where the shape is */

/** The mask of a code, null for any other text. @param {unknown} code @param {number} [most] cells along a side @returns {Mask | null} */
export function readMask(code, most = LONGEST) {
    const match = typeof code === "string" ? CODE.exec(code) : null;
    const [width, height] = match ? [Number(match[1]), Number(match[2])] : [0, 0];
    if (!match || width > most || height > most) return null;
    const corners = new Uint8Array(Math.ceil((width * height) / BITS) * BITS);
    let at = 0;
    for (const part of match[3].match(/\d+|\D/g) ?? []) {
        const letter = LETTERS.indexOf(part);
        if (letter < 0) at += Number(part) * BITS;
        else for (let bit = 0; bit < BITS; bit++) corners[at++] = (letter >> bit) & 1;
        if (at > corners.length) return null;
    }
    if (at !== corners.length || corners.subarray(width * height).some(Boolean)) return null;
    const cells = corners.slice(0, width * height);
    for (let y = 0; y < height; y++)
        for (let x = 0, edges = 0; x < width; x++) {
            edges ^= cells[y * width + x];
            cells[y * width + x] = edges ^ (y > 0 ? cells[(y - 1) * width + x] : 0);
        }
    const rect = around(cells, width, height);
    return rect && rect[1] - rect[0] === height && rect[3] - rect[2] === width ? { width, height, cells } : null;
}

/** @param {Mask} mask */
export function writeMask({ width, height, cells }) {
    const cell = (/** @type {number} */ y, /** @type {number} */ x) => (y < 0 || x < 0 ? 0 : cells[y * width + x]);
    let [code, empty] = [`${width}x${height} `, 0];
    for (let at = 0; at < width * height; at += BITS) {
        let letter = 0;
        for (let bit = 0; bit < BITS && at + bit < width * height; bit++) {
            const [y, x] = [Math.floor((at + bit) / width), (at + bit) % width];
            letter |= (cell(y, x) ^ cell(y, x - 1) ^ cell(y - 1, x) ^ cell(y - 1, x - 1)) << bit;
        }
        if (letter === 0) empty++;
        else [code, empty] = [code + (empty || "") + LETTERS[letter], 0];
    }
    return code + (empty || "");
}

/** The shape of cells of the grid, and the rectangle around it; null without one.
 * @param {Uint8Array} cells of the grid @param {number} grid @returns {{code: string, rect: Rect} | null} */
export function cutOut(cells, grid) {
    const rect = around(cells, grid, grid);
    if (rect === null) return null;
    const [top, bottom, left, right] = rect;
    const [width, height] = [right - left, bottom - top];
    const own = new Uint8Array(width * height);
    for (let y = 0; y < height; y++) own.set(cells.subarray((top + y) * grid + left, (top + y) * grid + right), y * width);
    return { code: writeMask({ width, height, cells: own }), rect };
}

/** The cells of the grid that a region has: its mask, stretched over its rectangle.
 * @param {Pick<CanvasRegion, "mask">} region @param {Rect} rect @param {number} grid @returns {Uint8Array} */
export function cellsOf(region, [top, bottom, left, right], grid) {
    const cells = new Uint8Array(grid * grid);
    const mask = readMask(region.mask);
    const [width, height] = [right - left, bottom - top];
    for (let y = 0; mask && y < height; y++) {
        const row = Math.floor(((2 * y + 1) * mask.height) / (2 * height)) * mask.width;
        for (let x = 0; x < width; x++)
            cells[(top + y) * grid + left + x] = mask.cells[row + Math.floor(((2 * x + 1) * mask.width) / (2 * width))];
    }
    if (!cells.some(Boolean)) for (let y = top; y < bottom; y++) cells.fill(1, y * grid + left, y * grid + right);
    return cells;
}

/** Whether a region has the cell that a point of its rectangle lies in.
 * @param {Pick<CanvasRegion, "mask">} region @param {Rect} rect @param {number} x @param {number} y @param {number} grid */
export function holds(region, rect, x, y, grid) {
    return !region.mask || cellsOf(region, rect, grid)[Math.floor(y) * grid + Math.floor(x)] === 1;
}

/** The outline of cells, as the path of a drawing in cells. @param {Uint8Array} cells @param {number} grid */
export function outlineOf(cells, grid) {
    const at = (/** @type {number} */ y, /** @type {number} */ x) => (y < 0 || x < 0 || y >= grid || x >= grid ? 0 : cells[y * grid + x]);
    let path = "";
    for (let line = 0; line <= grid; line++) {
        const isAcross = (/** @type {number} */ x) => x < grid && at(line, x) !== at(line - 1, x);
        const isDown = (/** @type {number} */ y) => y < grid && at(y, line) !== at(y, line - 1);
        for (let start = 0, end; start < grid; start = end + 1) {
            for (end = start; isAcross(end); ) end++;
            if (end > start) path += `M${start} ${line}H${end}`;
        }
        for (let start = 0, end; start < grid; start = end + 1) {
            for (end = start; isDown(end); ) end++;
            if (end > start) path += `M${line} ${start}V${end}`;
        }
    }
    return path;
}

/** @param {Uint8Array} cells @param {number} width @param {number} height @returns {Rect | null} */
function around(cells, width, height) {
    /** @type {Rect} */
    const rect = [height, 0, width, 0];
    for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++)
            if (cells[y * width + x]) {
                rect[0] = Math.min(rect[0], y);
                rect[1] = y + 1;
                rect[2] = Math.min(rect[2], x);
                rect[3] = Math.max(rect[3], x + 1);
            }
    return rect[1] > 0 ? rect : null;
}
