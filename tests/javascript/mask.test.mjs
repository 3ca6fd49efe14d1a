import assert from "node:assert/strict";
import { test } from "node:test";

import * as edits from "../../javascript/omost/canvas_state.mjs";
import { createGeometry } from "../../javascript/omost/geometry.mjs";
import { cellsOf, cutOut, outlineOf, readMask } from "../../javascript/omost/mask.mjs";
import { cellsOfPixels } from "../../javascript/omost/mask_picture.mjs";
import { stroked } from "../../javascript/omost/strokes.mjs";
import { below, random, randomCanvas, randomRect, vocabulary } from "./helpers.mjs";

const { grid } = vocabulary;
const geometry = createGeometry(vocabulary);
const none = () => new Uint8Array(grid * grid);
const count = (cells) => cells.reduce((sum, cell) => sum + cell, 0);

test("what is cut out lies where it was painted", () => {
    const next = random(11);
    for (let round = 0; round < 100; round++) {
        const cells = none().map(() => Number(next() < 0.02));
        cells[below(next, cells.length)] = 1;
        const { code, rect } = cutOut(cells, grid);
        assert.deepEqual(cellsOf({ mask: code }, rect, grid), cells);
        const mask = readMask(code, grid);
        assert.deepEqual([mask.height, mask.width], [rect[1] - rect[0], rect[3] - rect[2]]);
    }
    assert.equal(cutOut(none(), grid), null);
});

test("a region without a mask, or with one that is none, is its rectangle", () => {
    const next = random(12);
    for (let round = 0; round < 20; round++) {
        const rect = randomRect(next, grid);
        for (const mask of [undefined, "", "3x3", "1x1 b"])
            assert.equal(count(cellsOf({ mask }, rect, grid)), (rect[1] - rect[0]) * (rect[3] - rect[2]));
    }
});

test("a stroke takes the cells within half its size of its line, and the one it ends in", () => {
    const next = random(13);
    for (let round = 0; round < 30; round++) {
        const point = () => [next() * grid, next() * grid];
        const [from, to, size] = [point(), point(), 1 + below(next, 30)];
        const cells = stroked(none(), grid, { from, to, size, value: 1 });
        assert.equal(cells[Math.floor(to[1]) * grid + Math.floor(to[0])], 1);
        for (let step = 0; step <= 200; step++) {
            const [x, y] = [0, 1].map((axis) => from[axis] + ((to[axis] - from[axis]) * step) / 200);
            for (let turn = 0; turn < 8; turn++) {
                const reach = size / 2 - 0.8; // a cell whose corner this is has its centre within the stroke
                const [column, row] = [x + reach * Math.cos(turn), y + reach * Math.sin(turn)].map(Math.floor);
                const isThere = column >= 0 && row >= 0 && column < grid && row < grid;
                if (isThere && reach > 0) assert.equal(cells[row * grid + column], 1);
            }
        }
        const erased = stroked(cells, grid, { from, to, size, value: 0 });
        assert.equal(count(erased), 0);
    }
    assert.equal(count(stroked(none(), grid, { from: [5.5, 5.5], to: [5.5, 5.5], size: 1, value: 1 })), 1);
    assert.equal(count(stroked(none(), grid, { from: [-9, -9], to: [-9, -9], size: 1, value: 1 })), 0);
});

test("an outline has each side of a shape once", () => {
    const cells = none();
    cells[grid + 1] = cells[grid + 2] = 1;
    assert.deepEqual(outlineOf(cells, grid).match(/M[^M]+/g).sort(), ["M1 1H3", "M1 1V2", "M1 2H3", "M3 1V2"]);
    assert.equal(outlineOf(none(), grid), "");
    assert.deepEqual(outlineOf(none().fill(1), grid).match(/M[^M]+/g).length, 4);
});

test("a picture means what is opaque, or what is light", () => {
    const pixel = (...rgba) => rgba;
    assert.deepEqual([...cellsOfPixels(new Uint8ClampedArray([...pixel(0, 0, 0, 255), ...pixel(255, 255, 255, 255), ...pixel(200, 0, 0, 255)]))], [0, 1, 0]);
    assert.deepEqual([...cellsOfPixels(new Uint8ClampedArray([...pixel(0, 0, 0, 255), ...pixel(255, 255, 255, 0)]))], [1, 0]);
});

test("a mask stays with its region, moves and is stretched with its rectangle, and is put right", () => {
    const canvas = randomCanvas(random(6), 2);
    const doc = edits.fromCanvas(canvas);
    const [{ id }] = doc.regions;
    const cells = stroked(none(), grid, { from: [20, 20], to: [40, 20], size: 6, value: 1 });
    const { code, rect } = cutOut(cells, grid);
    const painted = edits.putMask(doc, id, code, geometry.placeAt(rect, false));
    assert.deepEqual([painted.regions[0].mask, geometry.rectOf(painted.regions[0])], [code, rect]);
    assert.equal(edits.toCanvas(painted).regions[0].mask, code);
    assert.equal(edits.fromCanvas(edits.toCanvas(painted)).regions[0].mask, code);
    assert.equal(edits.isDocument(painted, vocabulary), true);
    assert.equal(edits.putMask(painted, id, code, geometry.placeAt(rect, false)), painted);
    const moved = edits.putAt(painted, id, geometry.placeAt([50, 80, 10, 90], false)).regions[0];
    assert.equal(moved.mask, code);
    assert.equal(count(cellsOf(moved, geometry.rectOf(moved), grid)) > count(cells), true);
    assert.equal("mask" in edits.setExtras(painted, id, { mask: "" }).regions[0], false);
    assert.equal("mask" in edits.setExtras(painted, id, { mask: "3x3" }).regions[0], false);
    assert.equal("mask" in edits.fromCanvas({ ...canvas, regions: [{ ...canvas.regions[0], mask: "99x99 b1960" }] }).regions[0], false);
    assert.equal(edits.isDocument({ ...painted, regions: [{ ...painted.regions[0], mask: "91x1 bb17" }] }, vocabulary), false);
});
