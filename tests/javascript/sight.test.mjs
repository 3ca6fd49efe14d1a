import assert from "node:assert/strict";
import { test } from "node:test";

import { base64 } from "../../javascript/omost/files.mjs";
import { sentence } from "../../javascript/omost/looking.mjs";
import { createSight } from "../../javascript/omost/sight.mjs";

const canvas = { regions: [{ description: "A red ball." }, { description: "" }] };
const picture = new Blob([Uint8Array.from({ length: 70_000 }, (_, at) => at % 256)]);

/** A sight whose server answers with `event`; what it was asked and what was shown. */
function sightOf(event, drawn = picture, compare = null) {
    const said = [];
    const parts = {
        page: { state: { model: "server: vl" } },
        host: { getPicture: async () => drawn, compare: compare && (async (...of) => (said.push(["compared", ...of]), compare)) },
        api: {
            async follow(path, body, onEvent) {
                said.push(["asked", path, body]);
                if (event) onEvent(event);
            },
        },
        chat: {
            tell: (text) => text && said.push(["told", text]),
            offer: (text, message) => said.push(["offered", text, message]),
            showProgress: (text) => said.push(["progress", text]),
        },
    };
    return { said, ...createSight(parts) };
}

test("a picture goes to the server whole, and its canvas comes back", async () => {
    const { said, read } = sightOf({ type: "canvas", canvas_json: canvas });
    assert.equal(await read(picture), canvas);
    const [, [, path, body]] = said;
    assert.equal(path, "sight/read");
    assert.equal(body.model, "server: vl");
    assert.deepEqual(Buffer.from(body.picture, "base64"), Buffer.from(await picture.arrayBuffer()));
    assert.ok(body.id.length >= 8);
    assert.deepEqual(said.at(-1), ["progress", null]);
});

test("what is amiss is offered as the next message; nothing amiss is said", async () => {
    const wrong = sightOf({ type: "checked", amiss: [{ number: 1, seen: "a blue one", change: "" }, { number: 2, seen: "", change: "" }], message: "make it red" });
    await wrong.check(canvas);
    assert.deepEqual(wrong.said[1][2].canvas, canvas);
    assert.deepEqual(wrong.said.at(-1), ["offered", "Not as the canvas says: A red ball (a blue one); a region without a name. This may mend it:", "make it red"]);
    const right = sightOf({ type: "checked", amiss: [], message: "" });
    await right.check(canvas);
    assert.deepEqual(right.said.at(-1), ["told", "The picture shows what the canvas says."]);
    assert.match(sentence(canvas, [{ number: 1, seen: "", change: "" }]), /: A red ball\.$/);
});

test("without a server the host compares, with one its model does; what no message mends is told alone", async () => {
    const amiss = { amiss: [{ number: 1, seen: "nothing", change: "" }], message: "" };
    const alone = sightOf(null, picture, amiss);
    await alone.check(canvas);
    assert.deepEqual(alone.said, [["compared", picture, canvas], ["told", "Not as the canvas says: A red ball (nothing). Another seed may mend it."]]);
    const served = sightOf({ type: "checked", amiss: [], message: "" }, picture, amiss);
    served.setEyes(true);
    await served.check(canvas);
    assert.deepEqual(served.said.at(-1), ["told", "The picture shows what the canvas says."]);
});

test("without a picture, an answer or luck it says why, and the progress ends", async () => {
    await assert.rejects(sightOf(null, null).check(canvas), /no picture yet/);
    for (const [event, told] of [[null, /no end/], [{ type: "failed", message: "blind", hint: "another" }, /blind: another/]]) {
        const { said, check } = sightOf(event);
        await assert.rejects(check(canvas), told);
        assert.deepEqual(said.at(-1), ["progress", null]);
    }
});

test("bytes of every sort survive base64", async () => {
    assert.equal(await base64(new Blob([])), "");
    assert.equal(await base64(new Blob([Uint8Array.of(0, 255, 128)])), "AP+A");
});
