import assert from "node:assert/strict";
import { test } from "node:test";

import { record, redo, seal, startHistory, undo } from "../../javascript/omost/undo.mjs";
import { random } from "./helpers.mjs";

test("undo and redo are each other's inverse", () => {
    const next = random(6);
    for (let round = 0; round < 100; round++) {
        let history = startHistory(0);
        for (let step = 1; step < 30; step++) history = next() < 0.3 ? undo(history) : record(history, step);
        if (history.past.length) assert.deepEqual(redo(undo(history)), { ...history, key: null });
        if (history.future.length) assert.deepEqual(undo(redo(history)), { ...history, key: null });
    }
});

test("undoing all the way leads back through every value", () => {
    const values = [0, 1, 2, 3, 4];
    let history = values.slice(1).reduce((so_far, value) => record(so_far, value), startHistory(0));
    const seen = [history.present];
    while (history.past.length) seen.push((history = undo(history)).present);
    assert.deepEqual(seen, [...values].reverse());
    assert.equal(undo(history), history);
});

test("letters of one field are one step until it is sealed", () => {
    let history = startHistory("");
    for (const text of ["a", "ab", "abc"]) history = record(history, text, "name");
    assert.equal(undo(history).present, "");
    history = record(seal(history), "abcd", "name");
    assert.equal(undo(history).present, "abc");
    assert.equal(undo(record(history, "x", "tags")).present, "abcd");
});

test("an edit after undo lets go of what was undone, the same value is no step, and steps are bounded", () => {
    const history = record(undo(record(startHistory(0), 1)), 2);
    assert.deepEqual([history.past, history.future], [[0], []]);
    assert.equal(record(history, 2), history);
    let long = startHistory(0);
    for (let step = 1; step <= 1000; step++) long = record(long, step);
    assert.ok(long.past.length <= 100);
    assert.equal(undo(long).present, 999);
});
