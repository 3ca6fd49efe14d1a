/** Where the old picture lies on a larger canvas. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { placeOf } from "../../javascript/omost/extend.mjs";
import { canvasActions } from "../../javascript/omost/canvas_actions.mjs";
import { createGuard } from "../../javascript/omost/guarded.mjs";
import { begun, newMessage, replyBegins } from "../../javascript/omost/page_state.mjs";

test("the old picture lies at the side from which it does not grow", () => {
    assert.deepEqual(placeOf("right", 0.5), [0, 90, 0, 60]);
    assert.deepEqual(placeOf("left", 0.5), [0, 90, 30, 90]);
    assert.deepEqual(placeOf("above", 1), [45, 90, 0, 90]);
    assert.deepEqual(placeOf("below", 0.25), [0, 72, 0, 90]);
});

test("a picture is not extended while a reply is written, also where that begins after the press", async () => {
    const said = [];
    const page = { state: begun({}, "") };
    const host = {
        getCanvasText: () => "code", extend: async (...given) => void said.push(given),
        async getPicture() {
            if (said.length) page.state = replyBegins(page.state, newMessage(page.state, "a cat"), "id");
            return "picture";
        },
    };
    const tell = (text) => text && said.push(text);
    const { extend } = canvasActions({ page, host, guarded: createGuard(tell), getTaking: () => ({ pending: () => null }), showBar() {} });
    await extend([0, 90, 0, 60]);
    await extend([0, 90, 0, 60]);
    assert.deepEqual(said, [["code", [0, 90, 0, 60], "picture"], "A canvas is being written: wait for its end, or stop it."]);
});
