import assert from "node:assert/strict";
import { test } from "node:test";

import { matching, stepOf } from "../../javascript/omost/choices.mjs";

const named = (...labels) => labels.map((label) => ({ name: label.toLowerCase(), label }));
const LIST = named("server: org/Qwen3-8B · ready", "server: org/Qwen3-VL-8B · ready", "SmolLM2 · loaded");

test("every word that is typed must be there, in any case and order", () => {
    assert.deepEqual(matching(LIST, "8b qwen"), LIST.slice(0, 2));
    assert.deepEqual(matching(LIST, "  VL  QWEN3 "), [LIST[1]]);
    assert.deepEqual(matching(LIST, "loaded"), [LIST[2]]);
    assert.deepEqual(matching(LIST, "qwen loaded"), []);
});

test("nothing typed is the whole list, and what is typed is no pattern", () => {
    assert.deepEqual(matching(LIST, " "), LIST);
    assert.deepEqual(matching(LIST, "."), []);
    assert.deepEqual(matching(named("a (b)"), "(b)"), named("a (b)"));
});

test("the keys walk round the list and page within it", () => {
    assert.equal(stepOf("ArrowDown", -1, 3), 0);
    assert.equal(stepOf("ArrowDown", 2, 3), 0);
    assert.equal(stepOf("ArrowUp", 0, 3), 2);
    assert.equal(stepOf("ArrowUp", -1, 3), 2);
    assert.equal(stepOf("PageDown", 0, 3), 2);
    assert.equal(stepOf("PageDown", 5, 1000), 15);
    assert.equal(stepOf("PageUp", 5, 1000), 0);
});

test("no key leads into an empty list, and no other key leads anywhere", () => {
    for (const key of ["ArrowDown", "ArrowUp", "PageDown", "PageUp"]) assert.equal(stepOf(key, -1, 0), null);
    for (const key of ["Enter", "a", "Home", "End", "Tab"]) assert.equal(stepOf(key, 0, 3), null);
});
