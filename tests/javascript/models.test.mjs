import assert from "node:assert/strict";
import { test } from "node:test";

import { choosable } from "../../javascript/omost/models.mjs";

const model = (name, state = "ready") => ({ name, label: name, state, note: "" });
const TINY = model("tiny");
const BIG = model("server: big");
const OFFLINE = { name: "server:", label: "the server", state: "server offline", note: "it does not answer" };

test("a list that has the chosen model is shown as it is", () => {
    assert.deepEqual(choosable([TINY, BIG], "server: big"), [TINY, BIG]);
    assert.deepEqual(choosable([TINY, OFFLINE], "tiny"), [TINY, OFFLINE]);
    assert.deepEqual(choosable([TINY], ""), [TINY]);
});

test("a chosen model of a server that does not answer stands in for the server", () => {
    assert.deepEqual(choosable([TINY, OFFLINE], "server: big"), [TINY, { ...OFFLINE, name: "server: big", label: "server: big" }]);
});

test("a chosen model that is gone is still the chosen one", () => {
    const gone = choosable([TINY, BIG], "server: small");
    assert.deepEqual(gone.map((each) => each.name), ["tiny", "server: big", "server: small"]);
    assert.equal(gone[2].state, "not in the list");
    assert.equal(choosable([TINY, OFFLINE], "gone.gguf").at(-1).name, "gone.gguf");
});
