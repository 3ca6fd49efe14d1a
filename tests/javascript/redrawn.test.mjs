import assert from "node:assert/strict";
import { test } from "node:test";

import { duplicateRegion, fromCanvas, moveInDepth, putAt, removeRegion, setField, setHidden, toCanvas } from "../../javascript/omost/canvas_state.mjs";
import { followNumbers } from "../../javascript/omost/taking.mjs";
import { random, randomCanvas } from "./helpers.mjs";

const doc = fromCanvas(randomCanvas(random(4), 3));
const [first, second, third] = doc.regions.map(({ id }) => id);
const { free_rect: _, ...place } = doc.regions[0];

/** What is drawn after a change, where it was `redraw` before. */
function left(change, redraw = "2") {
    const parts = { redraw };
    const host = { settings: () => ({ redraw: parts.redraw }), drawAll: () => void (parts.redraw = "") };
    followNumbers(host, toCanvas(doc), change && toCanvas(change(doc)));
    return parts.redraw;
}

test("a region that is moved, reworded or nearer is still the one that alone is drawn", () => {
    for (const id of [first, second, third]) {
        assert.equal(left((of) => putAt(of, id, { ...place, free_rect: [1, 2, 3, 4] })), "2");
        assert.equal(left((of) => setField(of, id, "description", "anew")), "2");
        for (const position of [0, 1, 2]) assert.equal(left((of) => moveInDepth(of, id, position)), "2");
    }
    assert.equal(left((of) => removeRegion(of, third)), "2");
    assert.equal(left((of) => setHidden(of, third, true)), "2");
    assert.equal(left((of) => duplicateRegion(of, third).doc), "2");
});

test("no other region takes its number", () => {
    assert.equal(left((of) => removeRegion(of, first)), "");
    assert.equal(left((of) => removeRegion(of, second)), "");
    assert.equal(left((of) => setHidden(of, first, true)), "");
    const copied = (of) => {
        const { doc: more, id } = duplicateRegion(of, first);
        return putAt(more, id, { ...place, free_rect: [1, 2, 3, 4] });
    };
    assert.equal(left(copied), "");
    assert.equal(left((of) => removeRegion(of, second), "1,3"), "");
    assert.equal(left(null), "");
});

test("a name goes with its region, and where all is drawn nothing is asked of the host", () => {
    assert.equal(left((of) => removeRegion(of, first), "A cat"), "A cat");
    const host = { settings: () => ({ redraw: "" }), drawAll: () => assert.fail("it draws all of it") };
    followNumbers(host, toCanvas(doc), null);
});
