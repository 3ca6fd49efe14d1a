/**
 * What a region is called where people and screen readers meet it.
 * @import {Region} from "./types"
 */
import { fill } from "./dom.mjs";
import { t, translated } from "./strings.mjs";

const LONGEST = 120; // characters of a name where it is only named

/** @param {Region} region */
export function nameOf(region) {
    const name = region.description.trim() || t("Unnamed region");
    return name.length > LONGEST ? `${[...name].slice(0, LONGEST).join("")} …` : name;
}

/** The place in the words of the canvas. @param {Region} region */
export function placeOf(region) {
    const words = [region.location, region.offset, region.area].map(translated).join(", ");
    if (region.mask) return fill(t("painted shape near: {words}"), { words });
    return region.free_rect ? fill(t("free rectangle near: {words}"), { words }) : words;
}

/** Name and place in one sentence. @param {Region} region @param {number} number as written, from 1 */
export function labelOf(region, number) {
    const values = { number, name: nameOf(region), place: placeOf(region) };
    return fill(region.hidden ? t("{number} {name}: hidden, {place}") : t("{number} {name}: {place}"), values);
}
