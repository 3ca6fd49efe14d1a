/**
 * The outlines of masks, which a finished picture would hide.
 * @import {Geometry, Region} from "./types"
 */
import { setAttribute } from "./dom.mjs";
import { cellsOf, outlineOf } from "./mask.mjs";

/** @param {Geometry} geometry */
export function createOutlines({ grid, rectOf }) {
    const svg = (/** @type {string} */ tag) => document.createElementNS("http://www.w3.org/2000/svg", tag);
    const root = svg("svg");
    for (const [name, value] of Object.entries({ class: "omost-outlines", viewBox: `0 0 ${grid} ${grid}`, preserveAspectRatio: "none", "aria-hidden": "true" }))
        root.setAttribute(name, value);

    /** @param {Region[]} regions @param {number | null} selected */
    function update(regions, selected) {
        const masked = regions.filter((region) => region.mask && !region.hidden);
        while (root.children.length > 2 * masked.length) root.lastElementChild?.remove();
        while (root.children.length < 2 * masked.length) root.append(svg("path"));
        masked.forEach((region, index) => {
            const path = outlineOf(cellsOf(region, rectOf(region), grid), grid);
            for (const node of [root.children[2 * index], root.children[2 * index + 1]]) { // a light line in a dark one
                setAttribute(node, "d", path);
                setAttribute(node, "data-selected", region.id === selected);
            }
        });
    }

    return { root, update };
}
