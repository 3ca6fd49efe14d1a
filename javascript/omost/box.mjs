/**
 * A region on the picture: a box with its number and name.
 * @import {Rect, Region} from "./types"
 */
import { element, setAttribute, setText } from "./dom.mjs";
import { sizeOf } from "./geometry.mjs";
import { labelOf } from "./words.mjs";

const ABOVE_ALL = 8500; // more than the cells of the grid, less than the frame
const LABEL_HEIGHT = 5; // cells, about
const LETTER_WIDTH = 1.5;

/** @param {number} id @param {() => void} onfocus */
export function createBox(id, onfocus) {
    const [number, name] = [element("b"), element("bdi")];
    const label = element("span", { class: "omost-label", "aria-hidden": "true" }, number, " ", name);
    return { root: element("div", { class: "omost-box", role: "button", tabindex: 0, "data-id": id, onfocus }, label), number, name };
}

/**
 * @param {ReturnType<typeof createBox>} box @param {Region} region
 * @param {{number: number, name: string, rect: Rect, row: number, selected: boolean, locked: boolean, grid: number}} how
 *   `number` as written, from 1; `row` of its label
 */
export function updateBox({ root, number, name }, region, how) {
    root.style.zIndex = String(how.selected ? ABOVE_ALL : how.grid * how.grid - sizeOf(how.rect)); // small over large
    root.style.setProperty("--omost-row", String(how.row));
    setAttribute(root, "data-hidden", region.hidden);
    setAttribute(root, "data-masked", Boolean(region.mask));
    setAttribute(root, "aria-pressed", String(how.selected));
    setAttribute(root, "aria-disabled", how.locked ? "true" : null);
    setAttribute(root, "aria-label", labelOf(region, how.number));
    setText(number, String(how.number));
    setText(name, how.name);
}

/**
 * How many labels each label has to step aside for: those that it would cover.
 * @param {Rect[]} rects @param {string[]} names
 */
export function labelRows(rects, names) {
    /** @type {{top: number, left: number, right: number}[]} */
    const taken = [];
    return rects.map(([top, , left, end], index) => {
        const right = Math.min(end, left + (names[index].length + 5) * LETTER_WIDTH);
        const isFree = (/** @type {number} */ y) => !taken.some((label) =>
            left < label.right && label.left < right && Math.abs(y - label.top) < LABEL_HEIGHT);
        let row = 0;
        while (row < 12 && !isFree(top + row * LABEL_HEIGHT)) row++;
        taken.push({ top: top + row * LABEL_HEIGHT, left, right });
        return row;
    });
}
