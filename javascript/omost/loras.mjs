/**
 * The LoRA of a region, one row each.
 * @import {FormActions, Lora, LoraNames, Region} from "./types"
 */
import { button, element, fill, setTyped, setValue } from "./dom.mjs";
import { numberOf } from "./strength.mjs";
import { t } from "./strings.mjs";

/**
 * @param {object} parts
 * @param {() => Promise<LoraNames>} parts.names  those that there are; asked for when the field is entered
 * @param {Pick<FormActions, "dress">} parts.actions
 */
export function createLoras({ names, actions }) {
    /** @type {Region | null} */
    let region = null;
    const known = element("datalist", { id: `omost-${String(Math.random()).slice(2)}` });
    const list = element("ol", { class: "omost-items" });
    const add = button("add", t("Add a LoRA"), () => change([...own(), { name: "", weight: 1 }], own().length), true);
    const group = { class: "omost-labelled", role: "group", "aria-label": t("LoRA of the region"), onfocusin: ask };
    const root = element("div", group, element("span", { text: t("LoRA of the region") }), list, add, known);

    /** @param {Region} next */
    function update(next) {
        region = next;
        const loras = own();
        while (list.children.length > loras.length) list.lastElementChild?.remove();
        while (list.children.length < loras.length) list.append(newRow(list.children.length));
        loras.forEach((_, index) => show(index, setTyped));
    }

    /** @param {number} index @param {(field: HTMLInputElement, value: string) => void} set */
    function show(index, set) {
        const [lora, [name, weight, text]] = [own()[index], fieldsOf(index)];
        set(name, lora.name);
        set(weight, String(lora.weight));
        set(text, lora.text_weight === undefined ? "" : String(lora.text_weight));
    }

    function own() {
        return region?.loras ?? [];
    }

    /** @param {number} index */
    function fieldsOf(index) {
        return [...list.children[index].querySelectorAll("input")];
    }

    /** @param {number} index */
    function newRow(index) {
        const values = { number: index + 1 };
        const name = element("input", {
            class: "omost-field", type: "text", list: known.id, spellcheck: "false", dir: "auto", placeholder: t("Name"),
            "aria-label": fill(t("Name of LoRA {number}"), values), onchange: () => settle(index),
        });
        const weight = numberField(fill(t("Weight of LoRA {number}"), values), t("Weight"), index);
        const text = numberField(fill(t("Weight of LoRA {number} in the text encoder"), values), t("encoder"), index);
        const row = element("div", { class: "omost-lora" }, name, weight, text);
        return element("li", {}, row, button("remove", fill(t("Remove LoRA {number}"), values), () => remove(index)));
    }

    /** @param {string} label @param {string} placeholder @param {number} index */
    function numberField(label, placeholder, index) {
        return element("input", {
            class: "omost-field", type: "number", step: "any", min: -100, max: 100, inputmode: "decimal", placeholder,
            title: label, "aria-label": label, onchange: () => settle(index),
        });
    }

    /** @param {number} index */
    function settle(index) {
        const [name, weight, text] = fieldsOf(index);
        const lora = { name: name.value, weight: numberOf(weight) ?? 1, ...(numberOf(text) === null ? {} : { text_weight: Number(text.value) }) };
        change(own().map((each, at) => (at === index ? lora : each)));
        if (own().length > index) show(index, setValue); // not as it was typed
    }

    /** @param {number} index */
    function remove(index) {
        change(own().filter((_, at) => at !== index));
        (list.children.length > 0 ? fieldsOf(Math.min(index, list.children.length - 1))[0] : add).focus();
    }

    /** @param {Lora[]} loras @param {number} [focused] */
    function change(loras, focused) {
        if (region) actions.dress(region.id, { loras });
        if (focused !== undefined && list.children.length > focused) fieldsOf(focused)[0].focus();
    }

    async function ask() {
        const all = await names().catch(() => ({ names: [] })); // a name can be typed without the list
        known.replaceChildren(...all.names.map((name) => element("option", { value: name })));
    }

    return { root, update };
}
