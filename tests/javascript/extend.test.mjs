/** Where the old picture lies on a larger canvas. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { placeOf } from "../../javascript/omost/bar.mjs";

test("the old picture lies at the side from which it does not grow", () => {
    assert.deepEqual(placeOf("right", 0.5), [0, 90, 0, 60]);
    assert.deepEqual(placeOf("left", 0.5), [0, 90, 30, 90]);
    assert.deepEqual(placeOf("above", 1), [45, 90, 0, 90]);
    assert.deepEqual(placeOf("below", 0.25), [0, 72, 0, 90]);
});
