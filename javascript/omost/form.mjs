/**
 * The fields of the selected region, or of the whole picture when none is selected.
 * @import {Doc, FormActions, LoraNames, References, Region, View, Vocabulary} from "./types"
 */
import { regionOf } from "./canvas_state.mjs";
import { wordButton } from "./controls.mjs";
import { element, fill, setText, setValue } from "./dom.mjs";
import { createItems } from "./items.mjs";
import { createLoras } from "./loras.mjs";
import { createPlace, labelled, options } from "./place.mjs";
import { createReference } from "./reference.mjs";
import { createStrength } from "./strength.mjs";
import { t } from "./strings.mjs";

/** @typedef {"description" | "tags" | "atmosphere" | "style" | "quality_meta"} TextField */

/**
 * @param {object} parts
 * @param {Vocabulary} parts.vocabulary
 * @param {() => Promise<LoraNames>} parts.loraNames
 * @param {References} parts.references
 * @param {(id: number) => void} parts.redraw
 * @param {FormActions} parts.actions
 */
export function createForm({ vocabulary, loraNames, references, redraw, actions }) {
    /** @type {View} */
    let view = { doc: null, selected: null, locked: false };
    const heading = element("span");
    const texts = {
        description: textField("description", t("Description of the region")),
        tags: textField("tags", t("Tags")),
        atmosphere: textField("atmosphere", t("Atmosphere")),
        style: textField("style", t("Style")),
        quality_meta: textField("quality_meta", t("Quality")),
    };
    const lacking = element("p", { class: "omost-warning", role: "status", hidden: true });
    const place = createPlace({ vocabulary, say: (words) => view.selected !== null && actions.say(view.selected, words) });
    const distance = element("input", {
        type: "number", class: "omost-field", min: 0, step: "any", inputmode: "decimal", oninput: onDistance, onchange: onDistanceDone,
    });
    const color = element("select", { class: "omost-field", onchange: onColor }, ...options(Object.keys(vocabulary.colors)));
    const swatch = element("span", { class: "omost-swatch" });
    const distanceRow = labelled(t("Distance to the viewer"), distance).root;
    const colorNote = element("p", {
        class: "omost-note", text: t("Only what the picture begins with here (method sketch, draft). For a thing of that colour, say it in words too."),
    });
    describe(color, colorNote);
    const facts = element(
        "div", { class: "omost-facts" }, labelled(t("Colour"), element("span", { class: "omost-color" }, swatch, color)).root, colorNote,
    );
    const items = createItems({ limit: vocabulary.limits.items, actions });
    const loras = createLoras({ names: loraNames, actions });
    const strength = createStrength({ actions });
    const reference = createReference({ references, actions });
    const again = wordButton(t("Redraw this region"), "omost-lesser", () => view.selected !== null && redraw(view.selected));
    const absent = element("textarea", { class: "omost-field", rows: 1, dir: "auto", onchange: () => actions.forbid(absent.value) });
    const absentRow = labelled(t("Not in the picture (between commas)"), absent).root;
    // What a region is most often told by is shown, the rest is in a fold.
    const shown = [texts.description.root, lacking, place.root, facts, items.root, absentRow];
    const told = element(
        "div", { class: "omost-facts omost-texts" }, distanceRow, texts.tags.root, texts.atmosphere.root, texts.style.root, texts.quality_meta.root,
    );
    const folded = [loras.root, reference.root, strength.root, told];
    const more = element("summary");
    const fold = element("details", { class: "omost-fold" }, more, ...folded);
    const fields = element("fieldset", { class: "omost-fields" }, ...shown, fold);
    const root = element("section", { class: "omost-form", "aria-label": t("Selection") }, element("p", { class: "omost-heading" }, heading, again), fields);

    let whyNot = ""; // no region can be redrawn
    /** @param {View} next @param {string} [why] */
    function update(next, why = whyNot) {
        [view, whyNot] = [next, why];
        root.hidden = !view.doc;
        if (!view.doc) return;
        fields.disabled = view.locked;
        again.disabled = view.locked || whyNot !== "";
        again.title = whyNot || t("By its mask and words; the rest of the finished picture stays");
        const region = regionOf(view.doc, view.selected);
        const number = region ? view.doc.regions.indexOf(region) + 1 : 0;
        setText(heading, region ? fill(t("Region {number}"), { number }) : t("Whole picture"));
        setText(texts.description.name, region ? t("Description of the region") : t("Description of the whole picture"));
        setText(more, more.title = moreOf(region)); // a narrow column cuts it off
        updateFacts(region ?? view.doc, region);
        place.root.hidden = distanceRow.hidden = !region;
        absentRow.hidden = region !== null;
        loras.root.hidden = strength.root.hidden = reference.root.hidden = region === null;
        again.hidden = region === null || region.hidden;
        if (document.activeElement !== absent || view.locked) setValue(absent, (view.doc.absent ?? []).join(", "));
        if (!lacking.hidden || /<l|"loras"/i.test(JSON.stringify(region))) // else nothing is named
            import("./lacking.mjs").then(({ tellLacking }) => tellLacking(lacking, region, loraNames));
        if (region) {
            place.update(region);
            loras.update(region);
            strength.update(region);
            reference.update(region);
            // "1." is on its way to "1.5" and must not become "1"
            if (distance.valueAsNumber !== region.distance_to_viewer && !isTyping(distance)) distance.value = String(region.distance_to_viewer);
        }
    }

    /** @param {Doc | Region} part @param {Region | null} region */
    function updateFacts(part, region) {
        /** @type {Partial<Record<TextField, string>>} */
        const values = part;
        for (const field of /** @type {TextField[]} */ (Object.keys(texts))) {
            texts[field].root.hidden = !(field in part);
            setValue(texts[field].area, values[field] ?? "");
        }
        setValue(color, part.color_name);
        swatch.style.background = `rgb(${vocabulary.colors[part.color_name]})`;
        items.update(part.detailed_descriptions, region?.id ?? null);
    }

    function onDistance() {
        if (distance.valueAsNumber > 0) actions.edit(view.selected, "distance_to_viewer", distance.valueAsNumber);
    }

    function onDistanceDone() {
        const region = regionOf(view.doc, view.selected);
        if (region && !(distance.valueAsNumber > 0)) distance.value = String(region.distance_to_viewer);
        actions.settle();
    }

    function onColor() {
        actions.edit(view.selected, "color_name", color.value);
        actions.settle();
    }

    /** @param {TextField} field @param {string} label */
    function textField(field, label) {
        const area = element("textarea", {
            class: "omost-field", rows: 1, dir: "auto", onchange: () => actions.settle(),
            oninput: () => actions.edit(view.selected, field, area.value),
        });
        return { ...labelled(label, area), area };
    }

    return { root, update, forbidRedraw: (/** @type {string} */ why) => update(view, why) };
}

/** What the fold holds; of a region what is set there, which is not seen in its box. @param {Region | null} region */
function moreOf(region) {
    if (region === null) return t("More fields");
    const { loras = [], reference, negative, weight, edge } = region;
    const names = [
        loras.some(({ name }) => name) && t("LoRA"), reference && t("reference"), negative && t("negative words"),
        weight !== undefined && t("weight"), edge && t("edge"),
    ].filter(Boolean);
    return names.length > 0 ? fill(t("More fields (set: {names})"), { names: names.join(", ") }) : t("More fields: LoRA, reference, weight …");
}

/** What a screen reader says of a field behind its name. @param {HTMLElement} field @param {HTMLElement} note */
function describe(field, note) {
    note.id = `omost-${String(Math.random()).slice(2)}`;
    field.setAttribute("aria-describedby", note.id);
}

/** @param {HTMLInputElement} input */
function isTyping(input) {
    return document.activeElement === input && !(input.valueAsNumber > 0);
}
