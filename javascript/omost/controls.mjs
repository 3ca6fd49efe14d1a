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

/** A row of controls that wraps. @param {Node[]} children */
export function row(...children) {
    return element("div", { class: "omost-controls" }, ...children);
}
