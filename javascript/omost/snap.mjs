/** Whether boxes snap to words: one choice for all tabs of the page, which this browser keeps. */

import { createStore } from "./store.mjs";

const CHOSEN = "omost-snap-chosen"; // tells the editors of other tabs

/**
 * @param {Pick<Editor, "setSnap" | "onSnap">} editor
 * @param {boolean} otherwise  where nothing was chosen yet: what the settings say
 * @import {Editor} from "./types"
 */
export function shareSnap(editor, otherwise) {
    const store = createStore("shared");
    const kept = store.read().snapToWords;
    editor.setSnap(typeof kept === "boolean" ? kept : otherwise);
    editor.onSnap((on) => {
        store.write({ ...store.read(), snapToWords: on });
        window.dispatchEvent(new CustomEvent(CHOSEN, { detail: on }));
    });
    window.addEventListener(CHOSEN, (event) => editor.setSnap(/** @type {CustomEvent<boolean>} */ (event).detail));
}
