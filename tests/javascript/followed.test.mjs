import assert from "node:assert/strict";
import { test } from "node:test";

import { colorsFollow, colorsIn } from "../../javascript/omost/followed.mjs";
import { fromCanvas, setField } from "../../javascript/omost/canvas_state.mjs";
import { below, oneOf, random, randomCanvas, vocabulary } from "./helpers.mjs";

const { colors } = vocabulary;
const NAMES = Object.keys(colors);

/** A document whose first region is worded anew. */
function reworded(of, color, to) {
    const canvas = randomCanvas(random(7), 2);
    Object.assign(canvas.regions[0], { description: of, color_name: color });
    const before = fromCanvas(canvas);
    const doc = setField(before, before.regions[0].id, "description", to);
    return colorsFollow(before, doc, colors);
}

test("the colour follows words that named it and name another", () => {
    assert.equal(reworded("Red circle.", "red", "A green triangle.").regions[0].color_name, "green");
    assert.equal(reworded("A Red circle.", "red", "A light blue triangle").regions[0].color_name, "lightblue");
    assert.deepEqual(colorsIn("dark-red wine, constructor, GREY", colors), ["darkred", "grey"]);
});

test("a colour of the user's own stays, and so does one that the new words leave open", () => {
    for (const [of, color, to] of [
        ["Red circle.", "blue", "A green circle."], ["A circle.", "red", "A green circle."], ["Red circle.", "red", "A circle."],
        ["Red circle.", "red", "A green and yellow circle."], ["Red and blue.", "red", "A green circle."], ["Red circle.", "red", "A red ring."],
    ]) assert.equal(reworded(of, color, to).regions[0].color_name, color, to);
});

test("of any colours the named one is taken, and nothing else changes", () => {
    for (let seed = 0; seed < 300; seed += 1) {
        const next = random(seed);
        const canvas = randomCanvas(next, 1 + below(next, 4));
        const [old, other] = [oneOf(next, NAMES), oneOf(next, NAMES)];
        canvas.regions.forEach((region) => Object.assign(region, { description: `a ${old} thing`, color_name: old }));
        const before = fromCanvas(canvas);
        const { id } = oneOf(next, before.regions);
        const doc = setField(before, id, "description", `a ${other} thing`);
        const after = colorsFollow(before, doc, colors);
        if (old === other) assert.equal(after, doc);
        for (const [at, region] of after.regions.entries())
            assert.deepEqual(region, region.id === id ? { ...doc.regions[at], color_name: other } : before.regions[at]);
        assert.equal(colorsFollow(null, doc, colors), doc);
    }
});
