/**
 * The sub-prompts of a region or of the whole picture, one row each.
 * @import {FormActions} from "./types"
 */
import { button, element, fill, setValue } from "./dom.mjs";
import { t } from "./strings.mjs";

/**
 * @param {object} parts
 * @param {number} parts.limit  sub-prompts that one region may have
 * @param {Pick<FormActions, "editItem" | "settle" | "addItem" | "removeItem">} parts.actions
 */
export function createItems({ limit, actions }) {
    /** @type {number | null} */
    let owner = null;
    const list = element("ol", { class: "omost-items" });
    const add = button("add", t("Add a sub-prompt"), () => insert(list.children.length), true);
    const root = element("div", { class: "omost-labelled", role: "group", "aria-label": t("Sub-prompts") }, element("span", { text: t("Sub-prompts") }), list, add);

    /** @param {string[]} texts @param {number | null} id of the region, null for the whole picture */
    function update(texts, id) {
        owner = id;
        while (list.children.length > texts.length) list.lastElementChild?.remove();
        while (list.children.length < texts.length) list.append(newRow(list.children.length));
        texts.forEach((text, index) => {
            const area = areaOf(index);
            if (area) setValue(area, text);
        });
        add.disabled = texts.length >= limit;
    }

    /** @param {number} index @returns {HTMLTextAreaElement | null} */
    function areaOf(index) {
        return list.children[index]?.querySelector("textarea") ?? null;
    }

    /** @param {number} index */
    function newRow(index) {
        const values = { number: index + 1 };
        const area = element("textarea", {
            class: "omost-field", rows: 1, dir: "auto", "aria-label": fill(t("Sub-prompt {number}"), values), onkeydown,
            oninput: () => actions.editItem(owner, index, area.value), onchange: () => actions.settle(),
        });
        return element("li", {}, area, button("remove", fill(t("Remove sub-prompt {number}"), values), () => remove(index)));

        /** @param {KeyboardEvent} event */
        function onkeydown(event) {
            if (event.key !== "Enter" || event.shiftKey || event.ctrlKey || event.metaKey || event.isComposing) return;
            event.preventDefault(); // Enter opens the next row, as in a list; Shift+Enter breaks the line
            if (list.children.length < limit) insert(index + 1);
        }
    }

    /** @param {number} index */
    function insert(index) {
        actions.settle();
        actions.addItem(owner, index);
        areaOf(index)?.focus();
    }

    /** @param {number} index */
    function remove(index) {
        actions.removeItem(owner, index);
        const rest = areaOf(Math.min(index, list.children.length - 1));
        (rest ?? add).focus();
    }

    return { root, update };
}
