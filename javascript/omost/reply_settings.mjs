/** How a reply is written: temperature and the like. */

import { bounded, labelled } from "./controls.mjs";
import { element } from "./dom.mjs";
import { t } from "./strings.mjs";

/** @param {Record<string, number | null>} defaults */
export function createReplySettings(defaults) {
    /** @type {Record<string, HTMLInputElement>} */
    const inputs = {
        temperature: number(defaults.temperature, 0, 2, 0.01),
        top_p: number(defaults.top_p, 0.05, 1, 0.01),
        max_new_tokens: number(defaults.max_new_tokens, 64, 16384, 1),
        seed: number(null, 0, 2 ** 31 - 1, 1),
    };
    inputs.seed.placeholder = t("a new one");
    inputs.temperature.placeholder = t("the model's");
    /** @type {Record<string, string>} */
    const labels = {
        temperature: t("Temperature"), top_p: t("Top-p"), max_new_tokens: t("Longest reply (tokens)"), seed: t("Seed of the reply"),
    };
    return {
        root: element(
            "div", { class: "omost-fields" },
            ...Object.entries(inputs).map(([name, input]) => labelled(labels[name], input)),
        ),
        /** Those that are given and can be used. */
        values() {
            /** @type {Record<string, number>} */
            const given = {};
            for (const [name, input] of Object.entries(inputs)) {
                if (input.value !== "" && input.validity.valid) given[name] = Number(input.value);
            }
            return given;
        },
        /** @param {Record<string, unknown>} values */
        set(values) {
            for (const [name, input] of Object.entries(inputs)) if (name in values) input.value = String(values[name]);
        },
    };
}

/** @param {number | null} value @param {number} min @param {number} max @param {number} step */
function number(value, min, max, step) {
    return bounded(element("input", { class: "omost-input", type: "number", value: value ?? "", min, max, step }));
}
