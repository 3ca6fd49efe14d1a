/**
 * What a region has beyond Omost's own format, LoRA, negative words, weight, edge, mask and reference, as far as a canvas can
 * hold it.
 * @import {Extras, Lora, Reference} from "./types"
 */
import { readMask } from "./mask.mjs";

const LONGEST_NAME = 200;
const LONGEST_PICTURE = 100;
const PICTURE_NAME = /^[\p{L}\p{N}][\p{L}\p{N}_.-]*$/u; // as `canvas/reference.py` has it
const MOST_LORAS = 16;
const LARGEST_WEIGHT = 100;
const WIDEST_EDGE = 45;
const MOST_WEIGHT = 2;
const LONGEST_NEGATIVE = 2000;
const UNSHOWN = /[\p{C}\p{Z}]/gu; // what a line of code cannot hold
const NO_NAME = /[<>:\u0000-\u001f\u007f-\u009f\u2028\u2029]+/gu; // what no tag can hold

/** Whether something that was stored is a LoRA. @param {any} value */
export function isLora(value) {
    return typeof value?.name === "string" && Number.isFinite(value.weight)
        && (value.text_weight === undefined || Number.isFinite(value.text_weight));
}

/** Those that say something, put right. @param {Extras} extras @returns {Extras} */
export function ownExtras({ loras = [], negative = "", weight = 1, edge = 0, mask = "", reference }) {
    const within = (/** @type {number} */ value, /** @type {number} */ most) => Math.min(most, Math.max(0, value));
    const words = wellFormed(wellFormed(negative).replace(UNSHOWN, " ").trim().slice(0, LONGEST_NEGATIVE)).trim();
    return {
        ...(loras.length > 0 ? { loras: loras.slice(0, MOST_LORAS).map(fitLora) } : {}),
        ...(words ? { negative: words } : {}),
        ...(weight === 1 ? {} : { weight: within(weight, MOST_WEIGHT) }),
        ...(edge > 0 ? { edge: within(edge, WIDEST_EDGE) } : {}),
        ...(readMask(mask) ? { mask } : {}),
        ...(isReference(reference) ? { reference: fitReference(reference, within) } : {}),
    };
}

/** Whether something that was stored is a reference. @param {any} value @returns {value is Reference} */
export function isReference(value) {
    return typeof value?.picture === "string" && PICTURE_NAME.test(value.picture) && value.picture.length <= LONGEST_PICTURE
        && (value.weight === undefined || Number.isFinite(value.weight));
}

/** @param {Reference} reference @param {(value: number, most: number) => number} within @returns {Reference} */
function fitReference({ picture, weight = 1 }, within) {
    return weight === 1 ? { picture } : { picture, weight: within(weight, MOST_WEIGHT) };
}

/** @param {Lora} lora @returns {Lora} */
function fitLora({ name, weight, text_weight }) {
    const within = (/** @type {number} */ value) => Math.min(LARGEST_WEIGHT, Math.max(-LARGEST_WEIGHT, value));
    const fit = { name: wellFormed(name).replace(NO_NAME, " ").slice(0, LONGEST_NAME).trim(), weight: within(weight) };
    return text_weight === undefined ? fit : { ...fit, text_weight: within(text_weight) };
}

/** Half a surrogate pair cannot be sent. @param {string} text */
export function wellFormed(text) {
    return text.replace(/\p{Surrogate}/gu, "\ufffd");
}
