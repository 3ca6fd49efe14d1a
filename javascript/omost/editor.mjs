/**
 * The canvas editor: the picture with its boxes, the layers, the fields and the code, all of one canvas.
 *
 * What comes from outside (`setCanvas`, `beginWriting` … `endWriting`, `setState`, `setCode`) is shown and not reported;
 * what a person does is reported through `onChange` and `onCode`. Code is read and written by the host.
 * @import {Canvas, EditorState, LoraNames, Problem, References, State, Vocabulary} from "./types"
 */
import { regionOf, toCanvas } from "./canvas_state.mjs";
import { createCode } from "./code.mjs";
import { button, element } from "./dom.mjs";
import { createEditing } from "./editing.mjs";
import { canvasSet, changed, fromStore, shown, toStore, writingBegins, writingEnds, written } from "./editor_state.mjs";
import { createForm } from "./form.mjs";
import { createGeometry } from "./geometry.mjs";
import { createLayers } from "./layers.mjs";
import { createStage } from "./stage.mjs";
import { t } from "./strings.mjs";
import { redo, undo } from "./undo.mjs";

/**
 * @typedef {object} EditorParts
 * @property {HTMLElement} root  where the editor is put
 * @property {Vocabulary} vocabulary
 * @property {() => {width: number, height: number}} getSize  of the picture, in pixels
 * @property {() => Promise<LoraNames>} loraNames  the LoRA that there are
 * @property {References} references  where reference pictures are kept
 * @property {(number: number) => void} redraw  draw that region of the finished picture anew
 */

/** @param {EditorParts} parts */
export function createEditor({ root, vocabulary, getSize, loraNames, references, redraw }) {
    /** @type {((canvas: Canvas | null, about: {final: boolean}) => void)[]} */
    const changeListeners = [];
    /** @type {((text: string) => void)[]} */
    const codeListeners = [];
    const geometry = createGeometry(vocabulary);
    /** @type {ReturnType<typeof createEditing>} */
    const editing = createEditing({
        vocabulary, geometry, show, focus,
        showPreview: (state) => stage.update(viewOf(state)),
        report: (canvas, about) => changeListeners.forEach((tell) => tell(canvas, about)),
        cancelGesture: () => stage.cancel(),
    });
    const stage = createStage({ vocabulary, geometry, getSize, actions: editing.ofStage });
    const layers = createLayers({ vocabulary, actions: editing.ofLayers });
    const form = createForm({ vocabulary, loraNames, references, redraw: redrawById(editing, redraw), actions: editing.ofForm });
    const code = createCode({ onText: (text) => codeListeners.forEach((tell) => tell(text)) });
    const bar = createEditorBar(editing, stage.toggles);
    const empty = createEmpty(editing.add);
    const columns = element("div", { class: "omost-columns" }, stage.root, layers.root, form.root);
    const editor = element(
        "div", { class: "omost-editor", role: "group", "aria-label": t("Canvas editor"), onkeydown: onKeyDown(editing) },
        bar.root, empty.root, columns, code.root,
    );
    root.append(editor);
    show(editing.getState());

    /** @param {EditorState} state */
    function show(state) {
        const view = viewOf(state);
        empty.root.hidden = view.doc !== null || state.writing;
        columns.hidden = view.doc === null && !state.writing;
        editor.setAttribute("aria-busy", String(state.writing));
        stage.update(view);
        layers.update(view);
        form.update(view);
        code.lock(state.writing);
        empty.start.disabled = state.writing;
        bar.update(state);
        bar.root.hidden = columns.hidden && !state.history.past.length && !state.history.future.length;
    }

    /** @param {number | null} id @param {boolean} onStage */
    function focus(id, onStage) {
        const region = regionOf(shown(editing.getState()), id);
        if (onStage && region && !region.hidden) stage.focus(region.id);
        else layers.focus(id);
    }

    return {
        /**
         * Show a canvas that comes from outside, while nobody writes; null for none. With `keepHidden`,
         * as for a canvas read from edited code, hidden regions stay, which no code tells of.
         * @param {Canvas | null} canvas @param {{keepHidden?: boolean}} [options]
         */
        setCanvas(canvas, options = {}) {
            const next = canvasSet(editing.getState(), canvas, options);
            if (next === editing.getState()) return;
            editing.letGo();
            editing.become(next);
        },
        /** A model begins to write: nothing can be edited until `endWriting`. */
        beginWriting() {
            editing.letGo();
            editing.become(writingBegins(editing.getState()));
        },
        /** The canvas as far as it is written; `keepHidden` as of `setCanvas`.
         * @param {Canvas} canvas @param {{keepHidden?: boolean}} [options] */
        showWritten(canvas, options) {
            editing.become(written(editing.getState(), canvas, options));
        },
        /** What was written is one step that undo takes back, with the hidden regions that are shown; null brings back what was there, hidden regions too.
         * @param {Canvas | null} canvas */
        endWriting(canvas) {
            editing.become(writingEnds(editing.getState(), canvas));
        },
        /** @returns {Canvas | null} without hidden regions */
        getCanvas() {
            const doc = shown(editing.getState());
            return doc && toCanvas(doc);
        },
        /** All there is to keep, as JSON data. @returns {State} */
        getState: () => toStore(editing.getState(), code.root.open),
        /** What `getState` gave; anything else, such as the state of another vocabulary, shows no canvas. @param {any} stored */
        setState(stored) {
            editing.letGo();
            code.root.open = stored?.codeOpen === true;
            editing.become(fromStore(stored, vocabulary));
        },
        /** @param {(canvas: Canvas | null, about: {final: boolean}) => void} callback */
        onChange(callback) {
            changeListeners.push(callback);
        },
        /** @param {number | null} index of a region that is not hidden, in the order of the canvas */
        select(index) {
            editing.select(index === null ? null : (visibleOf(editing.getState())[index]?.id ?? null));
        },
        forbidRedraw: form.forbidRedraw,
        /** The size of the picture is another. */
        redraw: () => show(editing.getState()),
        /** @param {string} text @param {Problem[]} [problems] */
        setCode(text, problems = []) {
            code.setCode(text, problems);
        },
        /** @param {(text: string) => void} callback */
        onCode(callback) {
            codeListeners.push(callback);
        },
        /** What the boxes lie over; the finished picture by its address.
         * @type {ReturnType<typeof createStage>["layOver"]} */
        layOver: stage.layOver,
        addTool: bar.addTool,
        setSnap: bar.setSnap,
        onSnap: bar.onSnap,
    };
}

/** @param {EditorState} state */
function visibleOf(state) {
    return shown(state)?.regions.filter((region) => !region.hidden) ?? [];
}

/** @param {ReturnType<typeof createEditing>} editing @param {(number: number) => void} redraw */
function redrawById(editing, redraw) {
    return (/** @type {number} */ id) => {
        editing.ofForm.settle(); // what was typed is in the canvas
        redraw(visibleOf(editing.getState()).findIndex((region) => region.id === id) + 1);
    };
}

/** @param {EditorState} state */
function viewOf(state) {
    return { doc: shown(state), selected: state.selected, locked: state.writing };
}

/** Undo, redo, how boxes snap, and the brush. @param {ReturnType<typeof createEditing>} editing
 * @param {HTMLElement[]} toggles */
function createEditorBar(editing, toggles) {
    /** @type {((on: boolean) => void)[]} */
    const snapListeners = [];
    const undoButton = button("undo", t("Undo"), () => editing.travel(undo), true);
    const redoButton = button("redo", t("Redo"), () => editing.travel(redo), true);
    const snap = element("input", {
        type: "checkbox", onchange() {
            setSnap(snap.checked);
            for (const tell of snapListeners) tell(snap.checked);
        },
    });
    const root = element(
        "div", { class: "omost-bar" }, undoButton, redoButton, ...toggles,
        element("label", { class: "omost-check", title: t("A box that is let go takes the nearest place that the canvas language has words for.") }, snap, element("span", { text: t("Snap to words") })),
    );

    /** @param {EditorState} state */
    function update({ history, writing, snapToWords }) {
        undoButton.disabled = writing || history.past.length === 0;
        redoButton.disabled = writing || history.future.length === 0;
        snap.disabled = writing;
        snap.checked = snapToWords;
    }

    /** @param {boolean} on */
    function setSnap(on) {
        if (editing.getState().snapToWords !== on) editing.become(changed(editing.getState(), { snapToWords: on }));
    }

    return {
        root, update, setSnap,
        /** A control beside undo and redo. @param {HTMLElement} tool */
        addTool: (tool) => root.append(tool),
        /** @param {(on: boolean) => void} callback when a person chose */
        onSnap: (callback) => void snapListeners.push(callback),
    };
}

/** What stands in place of a canvas. @param {() => void} add */
function createEmpty(add) {
    const start = button("add", t("Add a region"), add, true);
    const words = element("p", { text: t("There is no canvas yet. Describe a picture in the chat, or begin with a region.") });
    return { root: element("div", { class: "omost-empty" }, words, start), start };
}

/** Fields of text keep their own undo, and hand over what they hold before a host draws at Ctrl+Enter.
 * @param {Pick<ReturnType<typeof createEditing>, "travel" | "ofForm">} editing */
function onKeyDown({ travel, ofForm: { settle } }) {
    return (/** @type {KeyboardEvent} */ event) => {
        const target = event.target instanceof HTMLElement ? event.target : null;
        const key = event.key.toLowerCase();
        if (event.altKey || !(event.ctrlKey || event.metaKey)) return;
        if (key === "enter") {
            target?.blur(); // its text is taken in, and the host's box has it at once
            target?.focus({ preventScroll: true });
            settle();
        }
        if (target?.closest("textarea, input[type=number], input[type=text]") || (key !== "z" && key !== "y")) return;
        event.preventDefault();
        event.stopPropagation();
        travel(key === "y" || event.shiftKey ? redo : undo);
    };
}
