/**
 * A field that chooses one of many: typing narrows the list down, the keys walk along it. The pattern is ARIA 1.2's
 * "Editable Combobox With List Autocomplete". What was typed is only a search: the choice stays until another is taken.
 * Its list (`choices.mjs`) is fetched when the field is first pointed at or entered.
 * @import {Choice} from "./types"
 */

import { element, setValue } from "./dom.mjs";
import { t } from "./strings.mjs";

/** @typedef {ReturnType<typeof import("./choices.mjs").createChoices>} Choices */

/** @param {{label: string, choose: (name: string) => void}} parts `label`: what is chosen here */
export function createCombobox({ label, choose }) {
    /** @type {{choices: readonly Choice[], chosen: string}} */
    let known = { choices: [], chosen: "" };
    /** @type {Choices | null} */
    let list = null;
    /** @type {((list: Choices) => void) | null} */
    let meant = null; // what was done before the list was there
    const input = element("input", {
        class: "omost-input", type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder: t("Type to search"),
        "aria-label": label, "aria-autocomplete": "list", "aria-haspopup": "listbox", "aria-expanded": "false",
        onpointerenter: fetchList, onfocus: fetchList, onkeydown: onKey, onblur: showChosen,
        oninput: () => later((it) => it.search(input.value)), onclick: openAll,
    });
    const root = element("div", { class: "omost-combobox" }, input);

    async function fetchList() {
        const { createChoices } = await import("./choices.mjs");
        if (list !== null) return;
        list = createChoices({ root, input, label, choose, ...known });
        if (document.activeElement === input && !input.disabled) meant?.(list);
    }

    /** @param {KeyboardEvent} event */
    function onKey(event) {
        if (list !== null || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
        event.preventDefault();
        event.stopPropagation();
        openAll();
    }

    function openAll() {
        if (list === null) input.select(); // what is typed meanwhile takes the place of what is chosen
        later((it) => it.openAll());
    }

    /** @param {(list: Choices) => void} act */
    function later(act) {
        if (list === null) meant = act;
    }

    function showChosen() {
        if (list !== null) return;
        meant = null;
        setValue(input, known.choices.find(({ name }) => name === known.chosen)?.label ?? "");
    }

    return {
        root,
        /** What there is, and which of it is chosen. @param {readonly Choice[]} choices @param {string} chosen */
        show(choices, chosen) {
            known = { choices, chosen };
            if (list !== null) list.show(choices, chosen);
            else if (meant === null) showChosen();
        },
        /** @param {boolean} locked */
        lock(locked) {
            input.disabled = locked;
            if (locked) (list?.close ?? showChosen)();
        },
    };
}
