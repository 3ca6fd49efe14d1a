/**
 * How a region's words hold: what it must not show, how much its words count, and over how many cells they fade.
 * @import {FormActions, Region} from "./types"
 */
import { element, setTyped, setValue } from "./dom.mjs";
import { labelled } from "./place.mjs";
import { t } from "./strings.mjs";

/**
 * @param {object} parts
 * @param {Pick<FormActions, "dress">} parts.actions
 */
export function createStrength({ actions }) {
    /** @type {Region | null} */
    let region = null;
    const negative = element("textarea", { class: "omost-field", rows: 1, dir: "auto", onchange: () => dress({ negative: negative.value }) });
    const weight = numberField(2, 0.05, () => dress({ weight: numberOf(weight) ?? 1 }));
    const edge = numberField(45, "any", () => dress({ edge: numberOf(edge) ?? 0 }));
    const numbers = element(
        "div", { class: "omost-facts" }, labelled(t("Weight of its words (0 to 2)"), weight).root,
        labelled(t("Soft edge (in cells of the grid)"), edge).root,
    );
    const root = element("div", { class: "omost-strength" }, labelled(t("Not in this region (negative words)"), negative).root, numbers);

    /** @param {Region} next */
    function update(next) {
        region = next;
        show(setTyped);
    }

    /** @param {(field: HTMLInputElement | HTMLTextAreaElement, value: string) => void} set */
    function show(set) {
        set(negative, region?.negative ?? "");
        set(weight, String(region?.weight ?? 1));
        set(edge, String(region?.edge ?? 0));
    }

    /** @param {{negative?: string, weight?: number, edge?: number}} extras */
    function dress(extras) {
        if (!region) return;
        const before = region;
        actions.dress(region.id, extras);
        if (region === before) show(setValue); // what was typed says the same as before
    }

    return { root, update };
}

/** @param {number} max @param {number | string} step @param {() => void} onchange */
export function numberField(max, step, onchange) {
    return element("input", { type: "number", class: "omost-field", min: 0, max, step, inputmode: "decimal", onchange });
}

/** @param {HTMLInputElement} field */
export function numberOf(field) {
    return field.value === "" || !Number.isFinite(field.valueAsNumber) ? null : field.valueAsNumber;
}
