/**
 * The canvas editor: the draft with its boxes, the layers, the fields and the code, all of one canvas.
 *
 * What comes from outside (`setCanvas`, `setState`, `setCode`) is shown and not reported; what a person does is reported
 * through `onChange` and `onCode`. Code is read and written by the host.
 * @import {Canvas, Doc, Edges, Problem, Region, State, Translate, Vocabulary, Words} from "./types.d.ts"
 * @import {History} from "./undo.mjs"
 */
import * as edits from "./canvas_state.mjs";
import { createCode } from "./code.mjs";
import { button, element, setText } from "./dom.mjs";
import { createForm } from "./form.mjs";
import { ALL_EDGES, createGeometry, dragged, sameRect } from "./geometry.mjs";
import { createLayers } from "./layers.mjs";
import { createStage } from "./stage.mjs";
import { record, redo, seal, startHistory, undo } from "./undo.mjs";

const COPY_SHIFT = 4; // cells that a copy is moved aside, to be seen

/**
 * @param {object} parts
 * @param {HTMLElement} parts.root  where the editor is put
 * @param {Vocabulary} parts.vocabulary
 * @param {Translate} parts.t
 * @param {() => {width: number, height: number}} parts.getSize  of the picture, in pixels
 */
export function createEditor({ root, vocabulary, t, getSize }) {
    const geometry = createGeometry(vocabulary);
    /** @type {History<Doc | null>} */
    let history = startHistory(null);
    /** @type {Doc | null} */
    let shownInstead = null; // of the present: what a model is writing, or what a gesture would give
    /** @type {number | null} */
    let selected = null;
    let writing = false;
    let snapToWords = false;
    let unsettled = false; // an edit was reported as not final
    /** @type {((canvas: Canvas | null, about: {final: boolean}) => void)[]} */
    const changeListeners = [];
    /** @type {((text: string) => void)[]} */
    const codeListeners = [];

    const stage = createStage({
        vocabulary, geometry, t, getSize,
        actions: { select: selectId, preview, keep, cancel: dropPreview, step, settle, remove },
    });
    const layers = createLayers({
        vocabulary, t,
        actions: {
            select: selectId, add, duplicate, remove,
            hide: (id, hidden) => change((doc) => edits.setHidden(doc, id, hidden)),
            moveInDepth: (id, position) => change((doc) => edits.moveInDepth(doc, id, position)),
        },
    });
    const form = createForm({
        vocabulary, t,
        actions: {
            settle, say,
            edit: (id, field, value) => change((doc) => edits.setField(doc, id, field, value), `${field} of ${id}`),
            editItem: (id, index, text) => change((doc) => edits.setItem(doc, id, index, text), `item ${index} of ${id}`),
            addItem: (id, index) => change((doc) => edits.addItem(doc, id, index)),
            removeItem: (id, index) => change((doc) => edits.removeItem(doc, id, index)),
        },
    });
    const code = createCode({ t, onText: (text) => codeListeners.forEach((tell) => tell(text)) });

    const undoButton = button("undo", t("Undo"), () => travel(undo), true);
    const redoButton = button("redo", t("Redo"), () => travel(redo), true);
    const snap = element("input", { type: "checkbox", onchange: () => (snapToWords = snap.checked) });
    const status = element("span", { class: "omost-status", role: "status" });
    const bar = element(
        "div", { class: "omost-bar" }, undoButton, redoButton,
        element("label", { class: "omost-check", title: t("A box that is let go takes the nearest place that the canvas language has words for.") }, snap, element("span", { text: t("Snap to words") })), status,
    );
    const start = button("add", t("Add a region"), add, true);
    const empty = element(
        "div", { class: "omost-empty" }, element("p", { text: t("There is no canvas yet. Describe a picture in the chat, or begin with a region.") }), start,
    );
    const columns = element("div", { class: "omost-columns" }, stage.root, layers.root, form.root);
    const editor = element("div", { class: "omost-editor", role: "group", "aria-label": t("Canvas editor"), onkeydown: onKeyDown }, bar, empty, columns, code.root);
    root.append(editor);
    render();

    function shown() {
        return shownInstead ?? history.present;
    }

    function render() {
        const doc = shown();
        if (!edits.regionOf(doc, selected)) selected = null;
        const view = { doc, selected, locked: writing };
        empty.hidden = doc !== null || writing;
        columns.hidden = doc === null && !writing;
        editor.setAttribute("aria-busy", String(writing));
        stage.update(view);
        layers.update(view);
        form.update(view);
        code.lock(writing);
        undoButton.disabled = writing || history.past.length === 0;
        redoButton.disabled = writing || history.future.length === 0;
        start.disabled = snap.disabled = writing;
        snap.checked = snapToWords;
        setText(status, writing ? t("The canvas is being written …") : "");
    }

    function report(final) {
        unsettled = !final;
        const doc = shown();
        for (const tell of changeListeners) tell(doc && edits.toCanvas(doc), { final });
    }

    /**
     * One edit. With a `key` it is one of many, such as letters typed into a field, that are one step and end in `settle`.
     * @param {(doc: Doc) => Doc} edit @param {string | null} [key]
     */
    function change(edit, key = null) {
        if (writing) return;
        const next = edit(history.present ?? edits.emptyDocument());
        if (next === history.present) return;
        history = record(history, next, key);
        shownInstead = null;
        render();
        report(key === null);
    }

    function settle() {
        history = seal(history);
        if (unsettled) report(true);
    }

    function travel(go) {
        if (writing) return;
        stage.cancel();
        const before = history.present;
        history = go(history);
        if (history.present === before) return;
        render();
        report(true);
    }

    function selectId(id) {
        if (id === selected) return;
        settle();
        selected = id;
        render();
    }

    function add() {
        if (shown() && shown().regions.length >= vocabulary.limits.regions) return;
        change((doc) => {
            const added = edits.addRegion(doc, vocabulary);
            selected = added.id;
            return added.doc;
        });
        layers.focus(selected);
    }

    function duplicate(id) {
        change((doc) => {
            const copied = edits.duplicateRegion(doc, id);
            const copy = edits.regionOf(copied.doc, copied.id);
            const from = geometry.rectOf(copy);
            const aside = [COPY_SHIFT, -COPY_SHIFT].map((by) => dragged(from, ALL_EDGES, by, by, geometry.grid));
            const to = aside.find((rect) => !sameRect(rect, from)) ?? from;
            selected = copied.id;
            return edits.putAt(copied.doc, copied.id, geometry.placeAt(to, snapToWords, copy));
        });
    }

    /** The next region takes over selection and focus. */
    function remove(id) {
        const regions = shown()?.regions ?? [];
        const at = regions.findIndex((region) => region.id === id);
        const heir = regions[at + 1] ?? regions[at - 1] ?? null;
        const fromStage = stage.root.contains(document.activeElement);
        change((doc) => {
            selected = heir?.id ?? null;
            return edits.removeRegion(doc, id);
        });
        if (fromStage && heir && !heir.hidden) stage.focus(heir.id);
        else layers.focus(selected);
    }

    function preview(id, edges, dx, dy) {
        const region = edits.regionOf(history.present, id);
        if (!region || !history.present) return;
        const rect = dragged(geometry.rectOf(region), edges, dx, dy, geometry.grid);
        const place = dx || dy ? geometry.placeAt(rect, snapToWords, region) : region;
        shownInstead = edits.putAt(history.present, id, place);
        stage.update({ doc: shownInstead, selected, locked: writing });
        report(false);
    }

    function keep() {
        if (shownInstead && !isSame(shownInstead, history.present)) history = record(history, shownInstead);
        shownInstead = null;
        render();
        report(true);
    }

    function dropPreview() {
        shownInstead = null;
        render();
        settle(); // what was reported of the gesture is taken back
    }

    function step(id, edges, dx, dy) {
        const region = edits.regionOf(history.present, id);
        const place = region && geometry.stepped(region, edges, dx, dy, snapToWords);
        if (place) change((doc) => edits.putAt(doc, id, place), `place of ${id}`);
    }

    function say(id, words) {
        const region = edits.regionOf(history.present, id);
        if (region) change((doc) => edits.putAt(doc, id, { ...region, ...words, free_rect: null }));
    }

    /** Fields of text keep their own undo. */
    function onKeyDown(event) {
        const field = /** @type {Element} */ (event.target).closest("textarea, input[type=number]");
        const key = event.key.toLowerCase();
        if (field || event.altKey || !(event.ctrlKey || event.metaKey) || (key !== "z" && key !== "y")) return;
        event.preventDefault();
        event.stopPropagation();
        travel(key === "y" || event.shiftKey ? redo : undo);
    }

    return {
        /**
         * Show a canvas that comes from outside; null begins anew, without a past. While `writing`, each call replaces
         * what is shown, nothing can be edited, and the call that ends it is the one step that undo takes back; with null
         * it brings back what was there before. With `keepHidden`, as for a canvas read from edited code, hidden regions
         * stay, which no code tells of.
         * @param {Canvas | null} canvas @param {{writing?: boolean, keepHidden?: boolean}} [options]
         */
        setCanvas(canvas, { writing: goesOn = false, keepHidden = false } = {}) {
            const next = canvas && edits.fromCanvas(canvas, shown(), { keepHidden });
            const wasWriting = writing;
            const isNew = !isSame(next, history.present) && !(wasWriting && next === null);
            if (!wasWriting && !goesOn && !isNew) return;
            if (!wasWriting) stage.cancel();
            if (!wasWriting && goesOn) selected = null;
            writing = goesOn;
            shownInstead = goesOn ? next : null;
            unsettled = false;
            if (!goesOn && isNew) history = next && history.present ? record(history, next) : startHistory(next);
            render();
        },
        /** @returns {Canvas | null} without hidden regions */
        getCanvas() {
            const doc = shown();
            return doc && edits.toCanvas(doc);
        },
        /** All there is to keep, as JSON data. @returns {State} */
        getState() {
            return structuredClone({ version: 1, doc: history.present, selected, snapToWords, codeOpen: code.root.open });
        },
        /** What `getState` gave; anything else, such as the state of another vocabulary, shows no canvas. */
        setState(state) {
            const stored = state?.version === 1 && edits.isDocument(state.doc, vocabulary) ? structuredClone(state.doc) : null;
            stage.cancel();
            writing = unsettled = false;
            shownInstead = null;
            history = startHistory(stored);
            selected = stored && Number.isInteger(state.selected) ? state.selected : null;
            snapToWords = state?.snapToWords === true;
            code.root.open = state?.codeOpen === true;
            render();
        },
        onChange(callback) {
            changeListeners.push(callback);
        },
        select(index) {
            const visible = shown()?.regions.filter((region) => !region.hidden) ?? [];
            selectId(index === null ? null : (visible[index]?.id ?? null));
        },
        /** The size of the picture is another. */
        redraw: render,
        setCode(text, problems = []) {
            code.setCode(text, problems);
        },
        onCode(callback) {
            codeListeners.push(callback);
        },
        destroy() {
            stage.cancel();
            code.destroy();
            editor.remove();
        },
    };
}

/** @param {Doc | null} one @param {Doc | null} other */
function isSame(one, other) {
    return JSON.stringify(one) === JSON.stringify(other);
}
