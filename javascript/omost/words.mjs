/**
 * What a region is called where people and screen readers meet it.
 *
 * @typedef {import("./canvas_state.mjs").Region} Region
 * @typedef {(english: string) => string} Translate
 */
import { fill } from "./dom.mjs";

/** @param {Region} region @param {Translate} t */
export function nameOf(region, t) {
    return region.description.trim() || t("Unnamed region");
}

/** The place in the words of the canvas. @param {Region} region @param {Translate} t */
export function placeOf(region, t) {
    const words = [region.location, region.offset, region.area].join(", ");
    return region.free_rect ? fill(t("free rectangle near: {words}"), { words }) : words;
}

/** Name and place in one sentence. @param {Region} region @param {number} number as written, from 1 @param {Translate} t */
export function labelOf(region, number, t) {
    const values = { number, name: nameOf(region, t), place: placeOf(region, t) };
    return fill(region.hidden ? t("Region {number}, hidden: {name}; {place}") : t("Region {number}: {name}; {place}"), values);
}
