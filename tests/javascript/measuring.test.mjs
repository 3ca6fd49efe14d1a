import assert from "node:assert/strict";
import { test } from "node:test";

import { createMeasuring } from "../../javascript/omost/measuring.mjs";

/** A page with a canvas, whose server notes what it is asked. */
function measured(settings) {
    const [asked, shown, page] = [[], [], { state: { canvas: { regions: [] } } }];
    const api = { post: async (...call) => (asked.push(call), { bags: asked.length }) };
    const measuring = createMeasuring({ page, api, host: { settings: () => settings }, bar: { showSize: (size) => shown.push(size) } });
    return { asked, shown, page, measuring };
}

test("a canvas is measured again when its words are read or worded otherwise, and only then", async () => {
    const settings = { literal: false, style: "auto", method: "score" };
    const { asked, shown, page, measuring } = measured(settings);
    for (const change of [{}, { style: "pony" }, { method: "plain" }, { literal: true }, {}]) {
        Object.assign(settings, change);
        await measuring.anew();
    }
    assert.deepEqual(asked.map(([route, { literal, style }]) => [route, literal, style]), [["write", false, "pony"], ["write", true, "pony"]]);
    assert.deepEqual(shown, [{ bags: 1 }, { bags: 2 }]);

    settings.style = "tags";
    page.state.canvas = null;
    await measuring.anew();
    assert.equal(asked.length, 2);
});
