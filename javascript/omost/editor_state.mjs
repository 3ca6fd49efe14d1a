/**
 * What the editor holds, as one frozen value, and every change of it as a function from one to the next.
 * @import {Canvas, Doc, EditorState, State, Vocabulary} from "./types"
 * @import {History} from "./undo.mjs"
 */
import { fromCanvas, isDocument, regionOf } from "./canvas_state.mjs";
import { record, seal, startHistory } from "./undo.mjs";

/** @type {EditorState} */
export const EMPTY_EDITOR = Object.freeze({
    history: startHistory(/** @type {Doc | null} */ (null)), instead: null, selected: null, writing: false, snapToWords: false, unsettled: false,
});

/** What the user sees. @param {EditorState} state */
export function shown(state) {
    return state.instead ?? state.history.present;
}

/** @param {EditorState} state @param {Partial<EditorState>} change @returns {EditorState} */
export function changed(state, change) {
    const next = { ...state, ...change };
    return Object.freeze(regionOf(shown(next), next.selected) ? next : { ...next, selected: null });
}

/** An edit of a person's. @param {EditorState} state @param {Doc} doc @param {string | null} [key] @returns {EditorState} */
export function edited(state, doc, key = null) {
    return changed(state, { history: record(state.history, doc, key), instead: null });
}

/** The edit under way is over. @param {EditorState} state @returns {EditorState} */
export function sealed(state) {
    return changed(state, { history: seal(state.history) });
}

/** What a gesture showed stays. @param {EditorState} state @returns {EditorState} */
export function previewKept(state) {
    const { instead, history } = state;
    return instead && !isSame(instead, history.present) ? edited(state, instead) : changed(state, { instead: null });
}

/** A model begins to write: nothing can be edited. What is there is shown until something of the next canvas is. @param {EditorState} state */
export function writingBegins(state) {
    return changed(state, { writing: true, instead: null, unsettled: false, history: seal(state.history) });
}

/** The canvas as far as it is written. @param {EditorState} state @param {Canvas} canvas @param {{keepHidden?: boolean}} [options] */
export function written(state, canvas, options) {
    return changed(state, { instead: fromCanvas(canvas, shown(state), options), selected: null });
}

/** With a canvas all that was written is one step that undo takes back; with null all is as it was before. Hidden regions
 * that `written` kept stay.
 * @param {EditorState} state @param {Canvas | null} canvas */
export function writingEnds(state, canvas) {
    const doc = canvas && fromCanvas(canvas, shown(state), { keepHidden: true });
    const history = doc && !isSame(doc, state.history.present) ? step(state.history, doc) : state.history;
    return changed(state, { writing: false, instead: null, history });
}

/**
 * A canvas from outside, null for none: a step that undo takes back.
 * @param {EditorState} state @param {Canvas | null} canvas @param {{keepHidden?: boolean}} options as of `setCanvas`
 * @returns {EditorState} the same one when nothing is new
 */
export function canvasSet(state, canvas, { keepHidden = false }) {
    const doc = canvas && fromCanvas(canvas, shown(state), { keepHidden });
    if (isSame(doc, state.history.present)) return state;
    return changed(state, { instead: null, unsettled: false, history: step(state.history, doc) });
}

/** All there is to keep, as JSON data. @param {EditorState} state @param {boolean} codeOpen @returns {State} */
export function toStore({ history, selected, snapToWords, unsettled }, codeOpen) {
    return structuredClone({ version: 1, doc: history.present, selected, snapToWords, codeOpen, unsettled });
}

/** What was kept; anything else, such as the state of another vocabulary, shows no canvas.
 * @param {any} stored @param {Vocabulary} vocabulary @returns {EditorState} */
export function fromStore(stored, vocabulary) {
    const doc = stored?.version === 1 && isDocument(stored.doc, vocabulary) ? structuredClone(stored.doc) : null;
    const selected = Number.isInteger(stored?.selected) ? stored.selected : null;
    return changed(EMPTY_EDITOR, { history: startHistory(doc), selected, snapToWords: stored?.snapToWords === true });
}

/** What is taken away can come back; before the first canvas there is nothing.
 * @param {History<Doc | null>} history @param {Doc | null} doc @returns {History<Doc | null>} */
function step(history, doc) {
    return history.present || history.past.length > 0 ? record(history, doc) : startHistory(doc);
}

/** @param {Doc | null} one @param {Doc | null} other */
function isSame(one, other) {
    return JSON.stringify(one) === JSON.stringify(other);
}
