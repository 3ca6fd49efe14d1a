/** Buttons with words and fields with a label. */

import { element } from "./dom.mjs";

/** @param {string} text @param {string} kind more classes @param {() => void} onclick */
export function wordButton(text, kind, onclick) {
    return element("button", { type: "button", class: `omost-button ${kind}`.trim(), text, onclick });
}

/** @param {string} text @param {HTMLElement} input */
export function labelled(text, input) {
    return element("label", { class: "omost-field" }, element("span", { text }), input);
}

/** What is typed beyond a field's bounds becomes the nearest number within, and with a step of 1 a whole one.
 * @param {HTMLInputElement} input of numbers */
export function bounded(input) {
    input.addEventListener("change", () => {
        if (input.value === "") return;
        const step = Number(input.step);
        const value = Number((Math.round(input.valueAsNumber / step) * step).toFixed(6));
        input.value = String(Math.min(Math.max(value, Number(input.min)), Number(input.max)));
    });
    return input;
}

/** A row of controls that wraps. @param {Node[]} children */
export function row(...children) {
    return element("div", { class: "omost-controls" }, ...children);
}
