/**
 * The controls of the brush: on and off, its size, and what else becomes of a mask.
 * @import {Region, Tool} from "./types"
 */
import { button, element, setAttribute, setText } from "./dom.mjs";
import { t } from "./strings.mjs";

const SIZES = { least: 1, most: 30, first: 8 }; // cells across

/**
 * @param {object} parts
 * @param {(tool: Tool) => void} parts.use
 * @param {() => void} parts.resized
 * @param {() => void} parts.load
 * @param {() => void} parts.clear
 */
export function createBrushBar({ use, resized, load, clear }) {
    /** @type {Tool} */
    let now = null;
    let hint = "";
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
        now = tool;
        for (const [node, own] of /** @type {[HTMLButtonElement, Tool][]} */ ([[brush, "paint"], [eraser, "erase"]])) {
            setAttribute(node, "aria-pressed", String(tool === own));
            node.disabled = region === null && tool !== own;
        }
        loading.disabled = region === null;
        clearing.disabled = !region?.mask;
        root.hidden = tool === null;
        const next = hintOf(tool, region);
        if (next !== hint) tell(next); // what was told of a picture stays else
        hint = next;
    }

    /** @param {string} text */
    function tell(text) {
        setText(words, text);
    }

    return { root, toggles: [brush, eraser], update, tell, size: () => size.valueAsNumber };
}

/** How to paint, as long as nothing is painted. @param {Tool} tool @param {Region | null} region */
function hintOf(tool, region) {
    if (region === null) return t("Select a region to paint its mask.");
    if (region.mask) return "";
    if (tool === "erase") return t("Erase with the pointer, or with the arrow keys and the space bar.");
    return t("Paint with the pointer, or with the arrow keys and the space bar. The first stroke takes the place of the box.");
}
