import assert from "node:assert/strict";
import { test } from "node:test";

import { answer, before, EMPTY, forServer, isCut, last, regionLines, restored, undo, withCanvas, wordsOfReply } from "../../javascript/omost/conversation.mjs";

const LINES = [{ name: "a cat", place: "on the left", color: "red" }];
const two = answer(answer(EMPTY, "one", "reply one", LINES), "two", "reply two", null);

test("rounds are added, taken back and cut off, and no conversation is changed in place", () => {
    const kept = structuredClone(two);
    assert.deepEqual(undo(two).rounds.map((round) => round.message), ["one"]);
    assert.deepEqual(before(two, 0), { rounds: [] });
    assert.deepEqual(before(two, 1), undo(two));
    assert.equal(last(two).message, "two");
    assert.equal(last(EMPTY), null);
    assert.deepEqual(undo(EMPTY), { rounds: [] });
    assert.deepEqual(two, kept);
});

test("the server gets messages and replies alone", () => {
    assert.deepEqual(forServer(two), [{ message: "one", reply: "reply one" }, { message: "two", reply: "reply two" }]);
});

test("an edited canvas is the last reply, and the rounds before it stay", () => {
    const edited = withCanvas(two, "\ncanvas = Canvas()\n", LINES);
    assert.deepEqual(edited.rounds[0], two.rounds[0]);
    assert.deepEqual(last(edited), { message: "two", reply: "```python\ncanvas = Canvas()\n```", regions: LINES });
    assert.equal(withCanvas(edited, "canvas = Canvas()", LINES), edited);
});

test("the words of a reply are those around its code, and what is no code yet has none", () => {
    assert.equal(wordsOfReply("Red circle: green.\n\n```python\ncanvas = Canvas()\n```"), "Red circle: green.");
    assert.equal(wordsOfReply("```python\ncanvas = Canvas()\n```"), "");
    assert.equal(wordsOfReply("```python\ncanvas = Canvas()\n```\n\nAdded the cat."), "Added the cat.");
    assert.equal(wordsOfReply("Green.\n```python\ncanvas = Canvas()\n```\nAdded it."), "Green.\n\nAdded it.");
    assert.equal(wordsOfReply("```python\ncanvas = Canvas()"), "");
    assert.equal(wordsOfReply("scene: sea\nred boat; left\n"), "");
});

test("a canvas without a message gets one that says where it comes from", () => {
    const drawn = withCanvas(EMPTY, "canvas = Canvas()", []);
    assert.equal(drawn.rounds.length, 1);
    assert.match(last(drawn).message, /canvas/);
    assert.deepEqual(EMPTY.rounds, []);
});

test("a line tells a region's offset where it has one", () => {
    const region = (offset) => ({ description: "a cat", distance_to_viewer: 1, location: "on the left", offset, color_name: "red" });
    const [plain, moved] = regionLines({ regions: [region("no offset"), region("slightly to the upper")] });
    assert.deepEqual(plain, { name: "a cat", place: "on the left", color: "red" });
    assert.deepEqual(moved, { name: "a cat", place: "on the left", offset: "slightly to the upper", color: "red" });
});

test("lines name the regions, the nearest first", () => {
    const region = (description, distance_to_viewer) => ({ description, distance_to_viewer, location: "on the left", color_name: "red" });
    const canvas = { regions: [region("far", 9), region("near", 1)] };
    assert.deepEqual(regionLines(canvas).map((line) => line.name), ["near", "far"]);
    assert.deepEqual(canvas.regions.map((each) => each.description), ["far", "near"]);
    assert.deepEqual(regionLines(null), []);
});

test("what was kept in the browser comes back, and what is no conversation is an empty one", () => {
    assert.deepEqual(restored(JSON.parse(JSON.stringify(two))), two);
    assert.deepEqual(restored({ rounds: [{ message: "a", reply: "b", more: 1 }] }), { rounds: [{ message: "a", reply: "b", regions: null }] });
    for (const odd of [null, undefined, 5, {}, { rounds: "x" }, { rounds: [{ message: 1, reply: "b" }] }, { rounds: [null] }])
        assert.deepEqual(restored(odd), { rounds: [] });
});

test("a reply is cut where its code has no end, or where nothing of a canvas was said", () => {
    const cut = (reply, regions = LINES) => isCut(last(answer(EMPTY, "one", reply, regions)));
    assert.equal(isCut(null), false);
    assert.equal(cut("Here:\n```python\ncanvas = Canvas()"), true);
    assert.equal(cut("Here:\n```python\ncanvas = Canvas()\n```\nThat is all."), false);
    assert.equal(cut("```json\n{}\n  ```"), false);
    assert.equal(cut("I will now", null), true);
    assert.equal(cut("canvas.add_local_description(...)"), false);
    assert.equal(isCut(last(withCanvas(EMPTY, "canvas = Canvas()", LINES))), false);
});
