import assert from "node:assert/strict";
import { test } from "node:test";

import { receive } from "../../javascript/omost/reply.mjs";

/** A server that tells `events` and then, if there is an error, breaks off. */
const serving = (events, error) => ({
    async follow(path, body, onEvent) {
        assert.equal(path, "chat");
        for (const event of events) onEvent(event);
        if (error) throw error;
    },
});

async function told(events, error, begun = "") {
    const shown = [];
    const show = Object.fromEntries(
        ["status", "meter", "written", "canvas", "note"].map((kind) => [kind, (what) => shown.push([kind, what])]),
    );
    return { ...(await receive(serving(events, error), { begun }, show)), shown };
}

const written = (text) => ({ type: "written", text, tokens: 1, per_second: 1 });

test("a reply that does less of its message than the one before says so", async () => {
    const end = { type: "end", reply: "a", seed: 3 };
    assert.equal((await told([{ ...end, does_less: true }])).doesLess, true);
    assert.equal((await told([end])).doesLess, false);
});

test("a reply that ends is whole, and is what the server says it is", async () => {
    const { text, isWhole, shown } = await told([written("a "), written("b"), { type: "end", reply: " a b\n", seed: 3 }]);
    assert.deepEqual([text, isWhole], ["a b", true]);
    assert.deepEqual(shown.map(([kind]) => kind), ["written", "written"]);
});

test("one that fails keeps what had come and says why and what to do", async () => {
    const failed = { type: "failed", message: "no memory", hint: "use a smaller model", reply: "so far" };
    const { text, isWhole, shown } = await told([written("so far"), failed]);
    assert.deepEqual([text, isWhole], ["so far", false]);
    assert.deepEqual(shown.at(-1), ["note", "no memory: use a smaller model"]);
});

test("one that breaks off keeps what was begun and what had come", async () => {
    const { text, isWhole, shown } = await told([written(" and on")], new Error("gone"), "begun");
    assert.deepEqual([text, isWhole], ["begun and on", false]);
    assert.deepEqual(shown.at(-1), ["note", "gone"]);
});

test("events of a later version are passed over", async () => {
    const { text, shown } = await told([{ type: "applause" }, { type: "canvas", canvas_json: { tags: "" } }]);
    assert.equal(text, "");
    assert.deepEqual(shown, [["canvas", { tags: "" }]]);
});
