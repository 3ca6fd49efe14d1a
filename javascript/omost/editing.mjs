/**
 * What a person does to the canvas, one function an act. The acts are those of `canvas_state.mjs`; here they become steps
 * that can be undone, are shown, and are reported.
 * @import {Canvas, Doc, Edges, EditorState, FormActions, Geometry, LayerActions, Region, StageActions, Vocabulary, Words} from "./types"
 * @import {History} from "./undo.mjs"
 */
import * as edits from "./canvas_state.mjs";
import { changed, edited, EMPTY_EDITOR, previewKept, sealed, shown } from "./editor_state.mjs";
import { colorsFollow } from "./followed.mjs";
import { ALL_EDGES, dragged, sameRect } from "./geometry.mjs";
import { cutOut } from "./mask.mjs";

const COPY_SHIFT = 4; // cells that a copy is moved aside, to be seen

/**
 * @param {object} parts
 * @param {Vocabulary} parts.vocabulary
 * @param {Geometry} parts.geometry
 * @param {(state: EditorState) => void} parts.show
 * @param {(state: EditorState) => void} parts.showPreview  at every step of a gesture
 * @param {(canvas: Canvas | null, about: {final: boolean}) => void} parts.report
 * @param {(id: number | null, onStage: boolean) => void} parts.focus  a region, after one was added or removed
 * @param {() => void} parts.cancelGesture
 */
export function createEditing({ vocabulary, geometry, show, showPreview, report, focus, cancelGesture }) {
    let state = EMPTY_EDITOR;

    /** @param {EditorState} next */
    function become(next) {
        state = next;
        show(state);
    }

    /** @param {boolean} final */
    function tell(final) {
        state = changed(state, { unsettled: !final });
        const doc = shown(state);
        report(doc && edits.toCanvas(doc), { final });
    }

    /**
     * One edit. With a `key` it is one of many, such as letters typed into a field, that are one step and end in `settle`.
     * @param {(doc: Doc) => Doc} edit @param {{key?: string | null, select?: number | null}} [options] `select`: a region after it
     */
    function change(edit, { key = null, select = state.selected } = {}) {
        if (state.writing) return;
        const { present } = state.history;
        const next = edit(present ?? edits.emptyDocument());
        if (next === present) return;
        become(changed(edited(state, next, key), { selected: select }));
        tell(key === null);
    }

    function settle() {
        const { unsettled } = state;
        if (unsettled) become(followed(state, vocabulary.colors));
        state = sealed(state);
        if (unsettled) tell(true);
    }

    /** @param {number | null} id */
    function select(id) {
        if (id === state.selected) return;
        settle();
        become(changed(state, { selected: id }));
    }

    /** Undo or redo. @param {(history: History<Doc | null>) => History<Doc | null>} go */
    function travel(go) {
        if (state.writing) return;
        cancelGesture();
        const before = state.history.present;
        const history = go(state.history);
        if (history.present === before) return settle(); // a stroke that was cancelled is over
        become(changed(state, { history }));
        tell(true);
    }

    /** @param {number} id */
    function duplicate(id) {
        const { doc, copy } = duplicated(state, id, geometry);
        change(() => doc, { select: copy });
    }

    function add() {
        const doc = shown(state) ?? edits.emptyDocument();
        if (doc.regions.length >= vocabulary.limits.regions) return;
        const added = edits.addRegion(doc, vocabulary);
        change(() => added.doc, { select: added.id });
        focus(state.selected, false);
    }

    /** @param {number} id @param {boolean} onStage */
    function remove(id, onStage) {
        change((doc) => edits.removeRegion(doc, id), { select: heirOf(shown(state)?.regions ?? [], id) });
        focus(state.selected, onStage);
    }

    /** @param {number} id @param {Edges} edges @param {number} dx @param {number} dy */
    function preview(id, edges, dx, dy) {
        const instead = putAside(state, id, [edges, dx, dy], geometry);
        if (instead === null) return;
        state = changed(state, { instead });
        showPreview(state);
        tell(false);
    }

    function keepPreview() {
        become(previewKept(state));
        tell(true);
    }

    function dropPreview() {
        become(changed(state, { instead: null }));
        settle(); // what was reported of the gesture is taken back
    }

    /** Something else comes in the place of what is there: a gesture ends, and nobody hears what it would have given. */
    function letGo() {
        state = changed(state, { instead: null, unsettled: false });
        cancelGesture();
    }

    /** @param {number} id @param {Edges} edges @param {number} dx @param {number} dy */
    function stepBy(id, edges, dx, dy) {
        const region = edits.regionOf(state.history.present, id);
        const place = region && geometry.stepped(region, edges, dx, dy, state.snapToWords);
        if (place) change((doc) => edits.putAt(doc, id, place), { key: `place of ${id}` });
    }

    /** @type {StageActions} */
    const ofStage = {
        select, preview, keep: keepPreview, cancel: dropPreview, step: stepBy, settle, remove: (id) => remove(id, true), ...maskActions(change, geometry),
    };
    /** @type {LayerActions} */
    const ofLayers = {
        select, add, duplicate,
        remove: (id) => remove(id, false),
        hide: (id, hidden) => change((doc) => edits.setHidden(doc, id, hidden)),
        moveInDepth: (id, position) => change((doc) => edits.moveInDepth(doc, id, position)),
    };
    const ofForm = formActions(change, settle, (id) => edits.regionOf(state.history.present, id));
    return { getState: () => state, become, letGo, select, add, travel, ofStage, ofLayers, ofForm };
}

/** What was typed, and the colours that follow it. @param {EditorState} state @param {object} colors */
function followed(state, colors) {
    const { present, past, key } = state.history;
    const next = present && colorsFollow(past.at(-1), present, colors);
    return next && next !== present ? edited(state, next, key) : state;
}

/** A copy of a region, moved aside to be seen. @param {EditorState} state @param {number} id
 * @param {Geometry} geometry */
function duplicated({ history, snapToWords }, id, geometry) {
    const copied = edits.duplicateRegion(history.present ?? edits.emptyDocument(), id);
    const copy = edits.regionOf(copied.doc, copied.id);
    if (copy === null) return { doc: copied.doc, copy: null };
    const from = geometry.rectOf(copy);
    const aside = [COPY_SHIFT, -COPY_SHIFT].map((by) => dragged(from, ALL_EDGES, by, by, geometry.grid));
    const to = aside.find((rect) => !sameRect(rect, from)) ?? from;
    return { doc: edits.putAt(copied.doc, copied.id, geometry.placeAt(to, snapToWords, copy, ALL_EDGES)), copy: copied.id };
}

/** The last cell stays: a region without any could not be seen again. @param {Doc} doc @param {number} id @param {Uint8Array} cells
 * @param {Geometry} geometry */
function painted(doc, id, cells, geometry) {
    const region = edits.regionOf(doc, id);
    const cut = cutOut(cells, geometry.grid);
    return region && cut ? edits.putMask(doc, id, cut.code, geometry.placeAt(cut.rect, false, region)) : doc;
}

/** The region that takes over from one that is removed. @param {Region[]} regions @param {number} id */
function heirOf(regions, id) {
    const at = regions.findIndex((region) => region.id === id);
    return (regions[at + 1] ?? regions[at - 1])?.id ?? null;
}

/** What a gesture would give. @param {EditorState} state @param {number} id @param {[Edges, number, number]} move
 * @param {Geometry} geometry */
function putAside({ history, snapToWords }, id, [edges, dx, dy], geometry) {
    const region = edits.regionOf(history.present, id);
    if (!region || !history.present) return null;
    const rect = dragged(geometry.rectOf(region), edges, dx, dy, geometry.grid);
    return edits.putAt(history.present, id, dx || dy ? geometry.placeAt(rect, snapToWords, region, edges) : region);
}

/**
 * @param {(edit: (doc: Doc) => Doc, options?: {key?: string | null}) => void} change
 * @param {Geometry} geometry
 * @returns {Pick<StageActions, "shape" | "unshape">}
 */
function maskActions(change, geometry) {
    return {
        shape: (id, cells, keyed) => change((doc) => painted(doc, id, cells, geometry), { key: keyed ? `mask of ${id}` : null }),
        unshape: (id) => change((doc) => edits.setExtras(doc, id, { mask: "" })),
    };
}

/**
 * @param {(edit: (doc: Doc) => Doc, options?: {key?: string}) => void} change
 * @param {FormActions["settle"]} settle @param {(id: number) => Region | null} regionOf
 * @returns {FormActions}
 */
function formActions(change, settle, regionOf) {
    return {
        settle,
        say(id, words) {
            const region = regionOf(id);
            if (region) change((doc) => edits.putAt(doc, id, { ...region, ...words, free_rect: null }));
        },
        edit: (id, field, value) => change((doc) => edits.setField(doc, id, field, value), { key: `${field} of ${id}` }),
        dress: (id, extras) => change((doc) => edits.setExtras(doc, id, extras)),
        forbid: (text) => change((doc) => edits.setAbsent(doc, text)),
        editItem: (id, index, text) => change((doc) => edits.setItem(doc, id, index, text), { key: `item ${index} of ${id}` }),
        addItem: (id, index) => change((doc) => edits.addItem(doc, id, index)),
        removeItem: (id, index) => change((doc) => edits.removeItem(doc, id, index)),
    };
}
