/**
 * The list of a field that chooses one of many (`combobox.mjs`): typing narrows it down, the keys walk along it.
 * @import {Choice, ComboboxState} from "./types"
 */

import { element, fill, setAttribute, setText, setValue } from "./dom.mjs";
import { t } from "./strings.mjs";

const PAGE = 10; // choices that Page Up and Page Down go along

/** Those that hold every word that was typed, in any case and order. @param {readonly Choice[]} choices @param {string} typed */
export function matching(choices, typed) {
    const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
    return choices.filter(({ label }) => words.every((word) => label.toLowerCase().includes(word)));
}

/**
 * Where a key leads in a list of `count`, from `at`, -1 for nowhere; null for a key that leads nowhere.
 * @param {string} key @param {number} at @param {number} count
 */
export function stepOf(key, at, count) {
    if (count === 0) return null;
    if (key === "ArrowDown") return at + 1 < count ? at + 1 : 0;
    if (key === "ArrowUp") return at > 0 ? at - 1 : count - 1;
    if (key === "PageDown") return Math.min(at + PAGE, count - 1);
    if (key === "PageUp") return Math.max(at - PAGE, 0);
    return null;
}

/** @param {readonly Choice[]} some @param {readonly Choice[]} others */
function sameChoices(some, others) {
    return some.length === others.length && some.every(({ name, label }, at) => name === others[at]?.name && label === others[at].label);
}

/**
 * @param {object} parts
 * @param {HTMLElement} parts.root
 * @param {HTMLInputElement} parts.input  the field in it
 * @param {string} parts.label  what is chosen here
 * @param {(name: string) => void} parts.choose
 * @param {readonly Choice[]} parts.choices
 * @param {string} parts.chosen
 */
export function createChoices({ root, input, label, choose, choices: first, chosen: before }) {
    const id = `omost-${String(Math.random()).slice(2)}`;
    /** @type {ComboboxState} */
    let state = { choices: first, chosen: before, typed: "", found: null, at: -1 };
    const list = element("div", { class: "omost-choices", id, role: "listbox", "aria-label": label, onclick: onPick });
    const count = element("div", { class: "omost-hint", role: "status" });
    const popup = element("div", { class: "omost-popup", hidden: true, onmousedown: (event) => event.preventDefault() }, list, count);
    root.append(popup);
    setAttribute(input, "aria-controls", id);
    input.addEventListener("keydown", onKey);
    input.addEventListener("input", () => search(input.value));
    input.addEventListener("click", () => state.found === null && openAll());
    input.addEventListener("blur", close);

    function openAll() {
        open("", placeOfChosen());
        input.select();
    }

    /** @param {string} typed */
    function search(typed) {
        open(typed, typed.trim() ? 0 : placeOfChosen());
    }

    function placeOfChosen() {
        return state.choices.findIndex(({ name }) => name === state.chosen);
    }

    /** @param {string} typed what the list is narrowed down to @param {number} at the place that is gone to */
    function open(typed, at) {
        const found = matching(state.choices, typed);
        state = { ...state, typed, found, at: -1 };
        list.replaceChildren(...found.map(row));
        list.hidden = found.length === 0;
        popup.hidden = false;
        setAttribute(input, "aria-expanded", "true");
        const values = { n: found.length, of: state.choices.length };
        setText(count, found.length > 0 ? fill(t("{n} of {of}"), values) : t("Nothing in the list has these words."));
        goTo(at);
    }

    function close() {
        state = { ...state, found: null, at: -1 };
        popup.hidden = true;
        list.replaceChildren();
        setAttribute(input, "aria-expanded", "false");
        setAttribute(input, "aria-activedescendant", null);
        setValue(input, state.choices[placeOfChosen()]?.label ?? "");
    }

    /** @param {Choice} choice @param {number} index */
    function row({ name, label: text }, index) {
        return element("div", {
            class: "omost-choice", id: `${id}-${index}`, role: "option", "data-at": index, "data-chosen": name === state.chosen, text,
        });
    }

    /** @param {number} at */
    function goTo(at) {
        const [left, target] = [list.children.item(state.at), list.children.item(at)];
        left?.removeAttribute("aria-selected");
        target?.setAttribute("aria-selected", "true");
        setAttribute(input, "aria-activedescendant", target?.id);
        target?.scrollIntoView({ block: "nearest" });
        state = { ...state, at };
    }

    /** @param {number} at */
    function take(at) {
        const choice = state.found?.[at];
        if (choice === undefined) return;
        const isNew = choice.name !== state.chosen;
        state = { ...state, chosen: choice.name };
        close();
        if (isNew) choose(choice.name);
    }

    /** @param {KeyboardEvent} event */
    function onKey(event) {
        if (event.isComposing || event.ctrlKey || event.metaKey) return;
        const step = state.found === null ? null : stepOf(event.key, state.at, state.found.length);
        if (step !== null) goTo(step);
        else if (event.key === "ArrowDown" || event.key === "ArrowUp") openAll();
        else if (event.key === "Enter" && state.found !== null) take(state.at);
        else if (event.key === "Escape" && state.found !== null) close();
        else return;
        event.preventDefault();
        event.stopPropagation(); // the hosts have keys of their own, Escape among them
    }

    /** @param {MouseEvent} event */
    function onPick({ target }) {
        if (target instanceof HTMLElement && target.dataset.at !== undefined) take(Number(target.dataset.at));
    }

    return {
        openAll,
        search,
        /** What there is, and which of it is chosen. @param {readonly Choice[]} choices @param {string} chosen */
        show(choices, chosen) {
            const active = state.found?.[state.at]?.name;
            const isSame = chosen === state.chosen && sameChoices(choices, state.choices);
            state = { ...state, choices, chosen };
            if (state.found === null) close();
            else if (!isSame) open(state.typed, matching(choices, state.typed).findIndex(({ name }) => name === active)); // under the user's hands
        },
        close,
    };
}
