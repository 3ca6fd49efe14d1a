/**
 * LoRA that a region names, in its words too, and the program that draws does not have: fetched with the first name.
 * @import {LoraNames, Region} from "./types"
 */

import { fill, setText } from "./dom.mjs";
import { t } from "./strings.mjs";

const TAG = /<(?:lora|lyco|lycoris|loha|lokr):([^<>:\n]{1,300})[^<>\n]*>/gi; // as `canvas/loras.py` has it

/** @type {WeakMap<() => Promise<LoraNames>, Promise<Set<string>>>} */
const asked = new WeakMap();
/** @type {WeakMap<HTMLElement, Region | null>} */
const shown = new WeakMap(); // by note, what it is to tell of

/** @param {Region} region */
export function namesIn({ loras = [], description, tags, atmosphere, style, quality_meta, detailed_descriptions }) {
    const words = [description, tags, atmosphere, style, quality_meta, ...detailed_descriptions].join("\n");
    const names = [...loras.map(({ name }) => name), ...[...words.matchAll(TAG)].map(([, name]) => name.trim())];
    return [...new Set(names)].filter(Boolean);
}

/** @param {HTMLElement} note @param {Region | null} region @param {() => Promise<LoraNames>} loraNames is asked once */
export async function tellLacking(note, region, loraNames) {
    shown.set(note, region);
    const names = region ? namesIn(region) : [];
    const known = names.length > 0 ? await knownBy(loraNames).catch(() => null) : null;
    if (shown.get(note) !== region) return; // there are other words by now
    const lacking = known === null ? [] : names.filter((name) => !known.has(name));
    note.hidden = lacking.length === 0;
    setText(note, note.hidden ? "" : fill(t("There is no LoRA {names} here: the picture would be refused."), { names: lacking.join(", ") }));
}

/** By name and alias. @param {() => Promise<LoraNames>} loraNames */
function knownBy(loraNames) {
    const known = asked.get(loraNames) ?? loraNames().then(({ names, aliases }) => new Set([...names, ...aliases]));
    asked.set(loraNames, known);
    known.catch(() => asked.delete(loraNames)); // a server that was away is asked again
    return known;
}
