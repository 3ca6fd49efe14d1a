/**
 * Where a region lies, in the words of the canvas.
 * @import {Region, Vocabulary, Words} from "./types"
 */
import { button, element, fill, setText, setValue } from "./dom.mjs";
import { t, translated } from "./strings.mjs";

/** @param {{vocabulary: Vocabulary, say: (words: Partial<Words>) => void}} parts `say`: another place in words */
export function createPlace({ vocabulary, say }) {
    const fields = {
        location: placeField("location", t("Location"), vocabulary.locations),
        offset: placeField("offset", t("Offset"), vocabulary.offsets),
        area: placeField("area", t("Area"), vocabulary.areas),
    };
    const free = element("span");
    const freeNote = element("p", { class: "omost-note" }, free, button("remove", t("Use the nearest words instead"), () => say({}), true));
    const root = element("div", { class: "omost-place" }, ...Object.values(fields).map((field) => field.root), freeNote);

    /** @param {Region} region */
    function update(region) {
        setValue(fields.location.select, region.location);
        setValue(fields.offset.select, region.offset);
        setValue(fields.area.select, region.area);
        freeNote.hidden = !region.free_rect;
        if (!region.free_rect) return;
        const [top, bottom, left, right] = region.free_rect;
        const values = { left, right, top, bottom, grid: vocabulary.grid };
        setText(free, fill(t("A free rectangle: {left}–{right} across and {top}–{bottom} down, of {grid}. Above are its nearest words."), values));
    }

    /** @param {keyof Words} field @param {string} label @param {object} table of the vocabulary */
    function placeField(field, label, table) {
        const select = element("select", { class: "omost-field", onchange: () => say({ [field]: select.value }) }, ...options(Object.keys(table)));
        return { root: labelled(label, select).root, select };
    }

    return { root, update };
}

/** A field under its name. @param {string} label @param {HTMLElement} field */
export function labelled(label, field) {
    const name = element("span", { text: label });
    return { root: element("label", { class: "omost-labelled" }, name, field), name };
}

/** @param {string[]} names */
export function options(names) {
    // of "a … area" what a narrow field has room for
    return names.map((name) => element("option", { value: name, text: translated(name).replace(/^a (.+) area$/, "$1") }));
}
