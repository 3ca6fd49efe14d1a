import assert from "node:assert/strict";
import { test } from "node:test";

import { fromCanvas, setHidden, toCanvas } from "../../javascript/omost/canvas_state.mjs";
import * as editor from "../../javascript/omost/editor_state.mjs";
import { undo } from "../../javascript/omost/undo.mjs";
import { random, randomCanvas, vocabulary } from "./helpers.mjs";

const [ONE, OTHER, THIRD] = [1, 2, 3].map((seed) => randomCanvas(random(seed), 3));
const holding = editor.canvasSet(editor.EMPTY_EDITOR, ONE, {});
const hiding = editor.edited(holding, setHidden(editor.shown(holding), 2, true));

test("a model's canvas is shown as far as it is written, and all of it is one step", () => {
    const begun = editor.writingBegins(editor.changed(holding, { selected: 1 }));
    assert.deepEqual([begun.writing, editor.shown(begun)], [true, editor.shown(holding)]);
    const part = editor.written(begun, { ...OTHER, regions: OTHER.regions.slice(0, 1) });
    assert.equal(editor.shown(part).regions.length, 1);
    const all = editor.writingEnds(editor.written(part, OTHER), OTHER);
    assert.deepEqual([all.writing, toCanvas(editor.shown(all))], [false, OTHER]);
    assert.deepEqual(undo(all.history).present, holding.history.present);
    assert.equal(undo(undo(all.history)).past.length, 0);
});

test("what is hidden stays at its place while a model changes the canvas, and goes with another picture", () => {
    const visible = toCanvas(editor.shown(hiding));
    const change = { ...visible, regions: [...visible.regions, OTHER.regions[0]] };
    const begun = editor.writingBegins(hiding);
    const hidden = (state) => editor.shown(state).regions.map((region) => region.hidden);
    const changing = editor.written(editor.written(begun, visible, { keepHidden: true }), change, { keepHidden: true });
    assert.deepEqual(hidden(changing), [false, true, false, false]);
    const ended = editor.writingEnds(changing, change);
    assert.deepEqual(hidden(ended), [false, true, false, false]);
    assert.deepEqual(editor.shown(ended).regions[1], editor.shown(hiding).regions[1]);
    assert.deepEqual(toCanvas(editor.shown(ended)), change);
    assert.deepEqual(hidden(editor.writingEnds(begun, visible)), [false, true, false]); // a reply that changes nothing
    assert.deepEqual(hidden(editor.writingEnds(editor.written(begun, OTHER), OTHER)), [false, false, false]);
});

test("writing that comes to nothing leaves all as it was: hidden regions and the steps of undo", () => {
    const begun = editor.writingBegins(hiding);
    for (const writing of [begun, editor.written(begun, OTHER)]) {
        const ended = editor.writingEnds(writing, null);
        assert.equal(editor.shown(ended), editor.shown(hiding));
        assert.deepEqual(ended.history, hiding.history);
        assert.equal(ended.writing, false);
    }
});

test("no canvas is no writing: an empty editor can be written into, and be empty without it", () => {
    const begun = editor.writingBegins(editor.EMPTY_EDITOR);
    assert.deepEqual([begun.writing, editor.shown(begun)], [true, null]);
    const ended = editor.writingEnds(begun, null);
    assert.deepEqual([ended.writing, editor.shown(ended)], [false, null]);
    assert.equal(editor.writingEnds(begun, ONE).history.past.length, 0); // there is nothing before it to go back to
});

test("a canvas from outside is a step, the same one is none, and what null takes away comes back", () => {
    const other = editor.canvasSet(holding, OTHER, {});
    assert.equal(other.history.past.length, 1);
    assert.equal(editor.canvasSet(other, OTHER, {}), other);
    const none = editor.canvasSet(other, null, {});
    assert.deepEqual([editor.shown(none), undo(none.history).present], [null, editor.shown(other)]);
    assert.equal(undo(editor.canvasSet(none, THIRD, {}).history).present, null);
    assert.equal(editor.canvasSet(editor.EMPTY_EDITOR, ONE, {}).history.past.length, 0);
});

test("hidden regions stay beside a canvas from edited code, and go with any other", () => {
    const code = { ...toCanvas(editor.shown(hiding)), tags: "edited" };
    assert.deepEqual(editor.shown(editor.canvasSet(hiding, code, { keepHidden: true })).regions.map((region) => region.hidden), [false, true, false]);
    assert.deepEqual(editor.shown(editor.canvasSet(hiding, code, {})).regions.map((region) => region.hidden), [false, false]);
});

test("a gesture shows something else until it is kept", () => {
    const preview = editor.changed(holding, { instead: fromCanvas(THIRD) });
    assert.deepEqual(toCanvas(editor.shown(preview)), THIRD);
    const kept = editor.previewKept(preview);
    assert.deepEqual([toCanvas(editor.shown(kept)), kept.instead, kept.history.past.length], [THIRD, null, 1]);
    assert.deepEqual(editor.previewKept(editor.changed(holding, { instead: structuredClone(editor.shown(holding)) })).history, holding.history);
});

test("edits of one key are one step until they are sealed, and a region that is gone is not selected", () => {
    const typed = (state, tags) => editor.edited(state, { ...editor.shown(state), tags }, "tags of null");
    const word = typed(typed(holding, "a"), "ab");
    assert.equal(word.history.past.length, 1);
    assert.equal(typed(editor.sealed(word), "abc").history.past.length, 2);
    const selected = editor.changed(holding, { selected: 3 });
    assert.equal(selected.selected, 3);
    assert.equal(editor.edited(selected, { ...editor.shown(selected), regions: [] }).selected, null);
});

test("what is kept comes back, and what is odd shows no canvas", () => {
    const kept = editor.toStore(editor.changed(hiding, { selected: 1, snapToWords: true }), true);
    const back = editor.fromStore(JSON.parse(JSON.stringify(kept)), vocabulary);
    assert.deepEqual(editor.toStore(back, true), kept);
    for (const odd of [null, 5, {}, { version: 2, doc: kept.doc }, { version: 1, doc: { regions: [{}] } }])
        assert.equal(editor.shown(editor.fromStore(odd, vocabulary)), null);
});

test("every state is frozen", () => {
    for (const state of [editor.EMPTY_EDITOR, holding, hiding, editor.writingBegins(holding), editor.sealed(holding)]) assert.ok(Object.isFrozen(state));
});
