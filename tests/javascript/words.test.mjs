import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { fill } from "../../javascript/omost/dom.mjs";
import { labelOf, placeOf } from "../../javascript/omost/words.mjs";

const FOLDER = new URL("../../javascript/omost/", import.meta.url);
const sources = readdirSync(FOLDER).filter((name) => name.endsWith(".mjs")).map((name) => [name, readFileSync(new URL(name, FOLDER), "utf8")]);
const region = { location: "on the left", offset: "no offset", area: "a small square area", description: " a cat ", free_rect: null, hidden: false };

test("every string of the page is a literal that a test can list", () => {
    assert.ok(sources.length > 8);
    for (const [name, source] of sources)
        for (const [call] of source.matchAll(/(?<![\w.$])t\([^)]{0,40}/g)) assert.match(call, /^t\("[^"]/, `${name}: ${call}`);
});

test("what a model wrote never becomes markup", () => {
    for (const [name, source] of sources)
        assert.doesNotMatch(source, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval\(/, name);
});

test("a region is called by its number, name and place", () => {
    assert.equal(labelOf(region, 3), "3 a cat: on the left, no offset, a small square area");
    assert.match(labelOf({ ...region, hidden: true, description: "" }, 1), /^1 Unnamed region: hidden, /);
    assert.match(placeOf({ ...region, free_rect: [0, 5, 0, 5] }), /free rectangle.*on the left/);
    assert.match(placeOf({ ...region, free_rect: [0, 5, 0, 5], mask: "1x1 b" }), /painted shape.*on the left/);
});

test("a name that holds braces is not filled in again", () => {
    assert.equal(fill("{name} at {place}", { name: "{place} $& $1", place: "here" }), "{place} $& $1 at here");
    assert.equal(fill("{unknown}", {}), "{unknown}");
});
