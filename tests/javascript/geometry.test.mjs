import assert from "node:assert/strict";
import { test } from "node:test";

import { ALL_EDGES, SMALLEST, contains, createGeometry, dragged, edgesOf, sameRect, sizeOf } from "../../javascript/omost/geometry.mjs";
import { below, oneOf, random, randomRect, vocabulary } from "./helpers.mjs";

const geometry = createGeometry(vocabulary);
const { grid } = vocabulary;
const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
const isInside = ([top, bottom, left, right]) => top >= 0 && top < bottom && bottom <= grid && left >= 0 && left < right && right <= grid;

function* combinations() {
    for (const location of Object.keys(vocabulary.locations))
        for (const offset of Object.keys(vocabulary.offsets))
            for (const area of Object.keys(vocabulary.areas)) yield { location, offset, area };
}

test("words give a rectangle whose nearest words give the same rectangle", () => {
    let count = 0;
    for (const words of combinations()) {
        const rect = geometry.rectOfWords(words);
        assert.ok(isInside(rect));
        assert.deepEqual(geometry.rectOfWords(geometry.nearestWords(rect)), rect);
        assert.deepEqual(geometry.nearestWords(rect, words), words); // the name that it has is kept
        count++;
    }
    assert.equal(count, 729);
});

test("no words lie nearer than the nearest, and the first of equals is taken", () => {
    const next = random(1);
    const miss = (words, rect) => geometry.rectOfWords(words).reduce((sum, cell, edge) => sum + (cell - rect[edge]) ** 2, 0);
    for (let round = 0; round < 100; round++) {
        const rect = randomRect(next, grid);
        const all = [...combinations()];
        const least = Math.min(...all.map((words) => miss(words, rect)));
        assert.deepEqual(geometry.nearestWords(rect), all.find((words) => miss(words, rect) === least));
    }
});

test("a box is put at its words, or kept as a free rectangle unless words mean the same", () => {
    const next = random(2);
    for (let round = 0; round < 300; round++) {
        const rect = randomRect(next, grid);
        const words = geometry.placeAt(rect, true);
        assert.equal(words.free_rect, null);
        const free = geometry.placeAt(rect, false);
        assert.deepEqual(geometry.rectOf(free), rect);
        assert.deepEqual(geometry.placeAt(geometry.rectOf(words), false), words);
        assert.equal(free.free_rect === null, sameRect(geometry.rectOf(words), rect));
    }
});

test("a box that is moved from words to words keeps its area, one that is resized need not", () => {
    for (const words of combinations()) {
        const from = geometry.rectOfWords(words);
        for (const [dx, dy] of [[0, 15], [12, -7], [-30, 3]]) {
            const to = geometry.placeAt(dragged(from, ALL_EDGES, dx, dy, grid), true, words, ALL_EDGES);
            assert.equal(to.area, words.area);
        }
    }
    const tall = { location: "on the left", offset: "no offset", area: "a medium-sized vertical area" };
    const lower = dragged(geometry.rectOfWords(tall), ALL_EDGES, 3, 15, grid);
    assert.deepEqual(geometry.placeAt(lower, true, tall, ALL_EDGES), { ...tall, offset: "slightly to the lower", free_rect: null });
    const wider = dragged(geometry.rectOfWords(tall), edgesOf("e"), 30, 0, grid);
    assert.notEqual(geometry.placeAt(wider, true, tall, edgesOf("e")).area, tall.area);
});

test("a moved box keeps its size and stays on the grid", () => {
    const next = random(3);
    for (let round = 0; round < 500; round++) {
        const from = randomRect(next, grid);
        const [dx, dy] = [below(next, 300) - 150 + next(), below(next, 300) - 150 + next()];
        const to = dragged(from, ALL_EDGES, dx, dy, grid);
        assert.ok(isInside(to) && to.every(Number.isInteger));
        assert.deepEqual([to[1] - to[0], to[3] - to[2]], [from[1] - from[0], from[3] - from[2]]);
    }
    assert.deepEqual(dragged([10, 20, 10, 20], ALL_EDGES, 3, -4, grid), [6, 16, 13, 23]);
});

test("a resized box moves its own edges alone, stays on the grid and can be grasped again", () => {
    const next = random(4);
    for (let round = 0; round < 500; round++) {
        const from = randomRect(next, grid);
        const edges = edgesOf(oneOf(next, HANDLES));
        const to = dragged(from, edges, below(next, 300) - 150, below(next, 300) - 150, grid);
        assert.ok(isInside(to));
        if (from[1] - from[0] < SMALLEST || from[3] - from[2] < SMALLEST) continue;
        assert.ok(to[1] - to[0] >= SMALLEST && to[3] - to[2] >= SMALLEST);
        to.forEach((cell, edge) => edges[edge] || assert.equal(cell, from[edge]));
    }
    assert.deepEqual(dragged([10, 30, 10, 30], edgesOf("ne"), 5, -5, grid), [5, 30, 10, 35]);
});

test("a key press goes one cell, or on to the next words in its direction, and there is an end", () => {
    const next = random(5);
    const arrows = [[1, 0], [-1, 0], [0, 1], [0, -1]];
    for (let round = 0; round < 60; round++) {
        const start = geometry.placeAt(randomRect(next, grid), false);
        const [dx, dy] = oneOf(next, arrows);
        const one = geometry.stepped(start, ALL_EDGES, dx, dy, false);
        if (one) assert.deepEqual(geometry.rectOf(one), dragged(start.free_rect ?? geometry.rectOf(start), ALL_EDGES, dx, dy, grid));
        let place = geometry.placeAt(geometry.rectOf(start), true);
        let presses = 0;
        for (let further; (further = geometry.stepped(place, ALL_EDGES, dx, dy, true)); presses++) {
            assert.equal(further.free_rect, null);
            assert.ok(!sameRect(geometry.rectOf(further), geometry.rectOf(place)));
            assert.ok(presses < 100, "it goes on for ever");
            place = further;
        }
    }
    assert.equal(geometry.stepped(geometry.placeAt([0, 10, 0, 10], false), ALL_EDGES, -1, 0, false), null);
});

test("cells are counted half-open", () => {
    assert.ok(contains([0, 10, 20, 30], 20, 9.9));
    assert.ok(!contains([0, 10, 20, 30], 30, 5));
    assert.equal(sizeOf([0, 10, 20, 30]), 100);
});
