/**
 * Fields of the program's own page: what is drawn, and the accordion's settings, made from the same table as the widgets of
 * the WebUIs.
 * @import {PanelField} from "./types"
 */

import { element } from "./dom.mjs";
import { t, translated } from "./strings.mjs";

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Input */

/** What an order for a picture holds, in the order of the page. @param {string[]} checkpoints */
export function orderFields(checkpoints) {
    const fields = {
        prompt: element("textarea", { class: "omost-input", rows: 2 }),
        negative: element("textarea", { class: "omost-input", rows: 1 }),
        width: numberBox(128, 64, 2048, 8),
        height: numberBox(128, 64, 2048, 8),
        steps: numberBox(20, 1, 150, 1),
        cfg: numberBox(5, 1, 30, 0.5),
        seed: numberBox("", 0, 2 ** 32 - 1, 1),
        checkpoint: choice(checkpoints, checkpoints[0]),
    };
    fields.seed.placeholder = t("a new one");
    return fields;
}

/** @returns {Record<keyof ReturnType<typeof orderFields>, string>} */
export function orderLabels() {
    return {
        prompt: t("Prompt: words that every region shares"), negative: t("Negative prompt"), width: t("Width"),
        height: t("Height"), steps: t("Steps"), cfg: t("CFG scale"), seed: t("Seed"), checkpoint: t("Checkpoint"),
    };
}

/** @param {PanelField} field @returns {Input} */
export function widget({ type, enum: choices, minimum, maximum, default: value, description = "" }) {
    const input = type === "boolean" ? element("input", { type: "checkbox" })
        : choices ? choice(choices, String(value))
            : numberBox(String(value), minimum, maximum, 0.01);
    setInput(input, value);
    input.title = translated(description);
    return input;
}

/** @param {Input} input */
export function valueOf(input) {
    if (input.type === "checkbox") return input instanceof HTMLInputElement && input.checked;
    if (input.type === "number") return input.value === "" ? null : Number(input.value);
    return input.value;
}

/** @param {Record<string, Input>} inputs */
export function valuesOf(inputs) {
    return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, valueOf(input)]));
}

/** @param {Input} input @param {unknown} value */
export function setInput(input, value) {
    if (input instanceof HTMLInputElement && input.type === "checkbox") input.checked = Boolean(value);
    else input.value = String(value ?? "");
}

/** Those that are there. @param {Record<string, Input>} inputs @param {Record<string, unknown>} values */
export function setInputs(inputs, values) {
    for (const [name, value] of Object.entries(values)) if (Object.hasOwn(inputs, name)) setInput(inputs[name], value);
}

/** Only these can be chosen. What was the first follows them, as what is none of them does. @param {Input} input @param {string[]} names */
export function offer(input, names) {
    const own = input.querySelector("option")?.value;
    const before = input.value;
    input.replaceChildren(...names.map((name) => new Option(translated(name), name)));
    input.value = before !== own && names.includes(before) ? before : (names[0] ?? "");
}

/** @param {string[]} names @param {string} chosen */
function choice(names, chosen) {
    const input = element("select", { class: "omost-input" });
    input.append(...names.map((name) => new Option(translated(name), name)));
    input.value = chosen;
    return input;
}

/** @param {number | string} value @param {number | undefined} min @param {number | undefined} max @param {number} step */
function numberBox(value, min, max, step) {
    const input = element("input", { class: "omost-input", type: "number", min, max, step });
    input.value = String(value);
    return input;
}
