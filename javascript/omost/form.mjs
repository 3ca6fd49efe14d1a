/**
 * The fields of the selected region, or of the whole picture when none is selected.
 * @import {FormActions, Region, Translate, View, Vocabulary} from "./types.d.ts"
 */
import { regionOf } from "./canvas_state.mjs";
import { button, element, fill, setText, setValue } from "./dom.mjs";
import { createItems } from "./items.mjs";
import { translated } from "./strings.mjs";

/** @param {{vocabulary: Vocabulary, t: Translate, actions: FormActions}} parts */
export function createForm({ vocabulary, t, actions }) {
    /** @type {View} */
    let view = { doc: null, selected: null, locked: false };
    const heading = element("p", { class: "omost-heading" });

    const texts = {
        description: textField("description", t("Name")),
        tags: textField("tags", t("Tags")),
        atmosphere: textField("atmosphere", t("Atmosphere")),
        style: textField("style", t("Style")),
        quality_meta: textField("quality_meta", t("Quality")),
    };
    const places = {
        location: placeField("location", t("Location"), Object.keys(vocabulary.locations)),
        offset: placeField("offset", t("Offset"), Object.keys(vocabulary.offsets)),
        area: placeField("area", t("Area"), Object.keys(vocabulary.areas)),
    };
    const free = element("span");
    const freeNote = element(
        "p", { class: "omost-note" }, free,
        button("remove", t("Use the nearest words instead"), () => view.selected !== null && actions.say(view.selected, {}), true),
    );
    const place = element("div", { class: "omost-place" }, ...Object.values(places).map((field) => field.root), freeNote);

    const distance = element("input", {
        type: "number", class: "omost-field", min: 0, step: "any", inputmode: "decimal", oninput: onDistance, onchange: onDistanceDone,
    });
    const color = element("select", { class: "omost-field", onchange: () => edit("color_name", color.value) }, ...options(Object.keys(vocabulary.colors)));
    const swatch = element("span", { class: "omost-swatch" });
    const distanceRow = labelled(t("Distance to the viewer"), distance);
    const facts = element(
        "div", { class: "omost-facts" }, labelled(t("Colour"), element("span", { class: "omost-color" }, swatch, color)), distanceRow,
    );
    const items = createItems({ limit: vocabulary.limits.items, t, actions });

    const fields = element(
        "fieldset", { class: "omost-fields" }, texts.description.root, place, facts, items.root, texts.tags.root,
        texts.atmosphere.root, texts.style.root, texts.quality_meta.root,
    );
    const root = element("section", { class: "omost-form", "aria-label": t("Selection") }, heading, fields);

    function update(next) {
        view = next;
        root.hidden = !view.doc;
        if (!view.doc) return;
        fields.disabled = view.locked;
        const region = regionOf(view.doc, view.selected);
        const part = region ?? view.doc;
        const number = region ? view.doc.regions.indexOf(region) + 1 : 0;
        setText(heading, region ? fill(t("Region {number}"), { number }) : t("Whole picture"));
        setText(texts.description.name, region ? t("Name") : t("Description of the whole picture"));
        for (const [field, text] of Object.entries(texts)) {
            text.root.hidden = !(field in part);
            setValue(text.area, part[field] ?? "");
        }
        setValue(color, part.color_name);
        swatch.style.background = `rgb(${vocabulary.colors[part.color_name]})`;
        items.update(part.detailed_descriptions, region?.id ?? null);
        place.hidden = distanceRow.hidden = !region;
        if (region) updatePlace(region);
    }

    function updatePlace(region) {
        setValue(places.location.select, region.location);
        setValue(places.offset.select, region.offset);
        setValue(places.area.select, region.area);
        freeNote.hidden = !region.free_rect;
        if (region.free_rect) {
            const [top, bottom, left, right] = region.free_rect;
            const values = { left, right, top, bottom, grid: vocabulary.grid };
            setText(free, fill(t("A free rectangle: {left}–{right} across and {top}–{bottom} down, of {grid}. Above are its nearest words."), values));
        }
        // "1." is on its way to "1.5" and must not become "1"
        if (distance.valueAsNumber !== region.distance_to_viewer && !isTyping(distance))
            distance.value = String(region.distance_to_viewer);
    }

    function onDistance() {
        if (distance.valueAsNumber > 0) actions.edit(view.selected, "distance_to_viewer", distance.valueAsNumber);
    }

    function onDistanceDone() {
        const region = regionOf(view.doc, view.selected);
        if (region && !(distance.valueAsNumber > 0)) distance.value = String(region.distance_to_viewer);
        actions.settle();
    }

    function edit(field, value) {
        actions.edit(view.selected, field, value);
        actions.settle();
    }

    function textField(field, label) {
        const area = element("textarea", {
            class: "omost-field", rows: 1, dir: "auto", onchange: () => actions.settle(),
            oninput: () => actions.edit(view.selected, field, area.value),
        });
        const row = labelled(label, area);
        return { root: row, area, name: row.firstElementChild };
    }

    function placeField(field, label, names) {
        const select = element("select", {
            class: "omost-field", onchange: () => view.selected !== null && actions.say(view.selected, { [field]: select.value }),
        }, ...options(names));
        return { root: labelled(label, select), select };
    }

    return { root, update };
}

/** @param {string} name @param {HTMLElement} field */
function labelled(name, field) {
    return element("label", { class: "omost-labelled" }, element("span", { text: name }), field);
}

/** @param {string[]} names */
function options(names) {
    return names.map((name) => element("option", { value: name, text: translated(name) }));
}

/** @param {HTMLInputElement} input */
function isTyping(input) {
    return document.activeElement === input && !(input.valueAsNumber > 0);
}
