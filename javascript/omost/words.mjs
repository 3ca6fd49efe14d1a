/**
 * What a region is called where people and screen readers meet it.
 * @import {Region, Translate} from "./types"
 */
import { fill } from "./dom.mjs";
import { translated } from "./strings.mjs";

const LONGEST = 120; // characters of a name where it is only named

/** @param {Region} region @param {Translate} t */
export function nameOf(region, t) {
    const name = region.description.trim() || t("Unnamed region");
    return name.length > LONGEST ? `${[...name].slice(0, LONGEST).join("")} …` : name;
}

/** The place in the words of the canvas. @param {Region} region @param {Translate} t */
export function placeOf(region, t) {
    const words = [region.location, region.offset, region.area].map(translated).join(", ");
    if (region.mask) return fill(t("painted shape near: {words}"), { words });
    return region.free_rect ? fill(t("free rectangle near: {words}"), { words }) : words;
}

/** Name and place in one sentence. @param {Region} region @param {number} number as written, from 1 @param {Translate} t */
export function labelOf(region, number, t) {
    const values = { number, name: nameOf(region, t), place: placeOf(region, t) };
    return fill(region.hidden ? t("{number} {name}: hidden, {place}") : t("{number} {name}: {place}"), values);
}
