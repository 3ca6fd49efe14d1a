import assert from "node:assert/strict";
import { test } from "node:test";

import * as edits from "../../javascript/omost/canvas_state.mjs";
import { createGeometry } from "../../javascript/omost/geometry.mjs";
import { below, oneOf, random, randomCanvas, randomRect, vocabulary } from "./helpers.mjs";

const geometry = createGeometry(vocabulary);
const ids = (document) => edits.nearestFirst(document.regions).map((region) => region.id);

/** One edit of any kind. */
function anyEdit(next, document) {
    const region = document.regions.length ? oneOf(next, document.regions) : null;
    const id = region && next() < 0.8 ? region.id : null;
    const part = edits.regionOf(document, id) ?? document;
    const kinds = [
        () => (document.regions.length < vocabulary.limits.regions ? edits.addRegion(document, vocabulary).doc : document),
        () => edits.setField(document, id, "description", oneOf(next, ["x", "half \ud800 a pair", "😀"])),
        () => edits.setField(document, id, "color_name", oneOf(next, Object.keys(vocabulary.colors))),
        () => edits.addItem(document, id, below(next, part.detailed_descriptions.length + 1)),
        () => edits.removeItem(document, id, 0),
        () => edits.setItem(document, id, 0, "changed"),
    ];
    if (id !== null) kinds.push(
        () => edits.putAt(document, id, geometry.placeAt(randomRect(next, vocabulary.grid), next() < 0.5)),
        () => edits.duplicateRegion(document, id).doc,
        () => edits.removeRegion(document, id),
        () => edits.setHidden(document, id, next() < 0.5),
        () => edits.moveInDepth(document, id, below(next, document.regions.length)),
        () => edits.setField(document, id, "distance_to_viewer", next() + 0.1),
    );
    return oneOf(next, kinds)();
}

test("what must be absent stays with the canvas, whatever is done to its regions", () => {
    const canvas = { ...randomCanvas(random(5), 2), absent: ["people", "cars"] };
    const doc = edits.removeRegion(edits.fromCanvas(canvas), 1);
    assert.deepEqual(edits.toCanvas(doc).absent, ["people", "cars"]);
    assert.equal("absent" in edits.toCanvas(edits.fromCanvas(randomCanvas(random(5), 2))), false);
    const typed = edits.setAbsent(doc, " people, <b>red</b>\n cars ,, people," + "x".repeat(99));
    assert.deepEqual(typed.absent, ["people", "b red b cars", "x".repeat(80)]);
    assert.equal(edits.setAbsent(typed, typed.absent.join(", ")), typed);
    assert.equal("absent" in edits.setAbsent(typed, " , "), false);
});

test("a region's LoRA and edge stay with it, are put right, and are no part of the canvas without a name", () => {
    const canvas = randomCanvas(random(6), 2);
    Object.assign(canvas.regions[0], { loras: [{ name: "hat", weight: 0.5, text_weight: 0.2 }], edge: 3 });
    const doc = edits.fromCanvas(canvas);
    const [{ id }, { id: other }] = doc.regions;
    assert.deepEqual(edits.toCanvas(edits.removeRegion(doc, other)).regions[0].loras, canvas.regions[0].loras);
    assert.deepEqual(edits.toCanvas(edits.setField(doc, id, "tags", "new")).regions[0].edge, 3);
    assert.deepEqual(edits.duplicateRegion(doc, id).doc.regions[1].loras, canvas.regions[0].loras);
    assert.equal("loras" in edits.toCanvas(doc).regions[1], false);
    const typed = edits.setExtras(doc, other, { loras: [{ name: " a<b>:c\n ", weight: 500 }, { name: "", weight: 1 }], edge: 99 });
    assert.deepEqual(edits.toCanvas(typed).regions[1].loras, [{ name: "a b c", weight: 100 }]);
    assert.deepEqual([typed.regions[1].loras.length, typed.regions[1].edge], [2, 45]);
    assert.equal(edits.setExtras(typed, other, { edge: 45 }), typed);
    const bare = edits.setExtras(typed, other, { loras: [], edge: 0 });
    assert.equal("loras" in bare.regions[1] || "edge" in bare.regions[1], false);
    assert.equal(edits.setExtras(doc, 99, { edge: 1 }), doc);
});

test("a region's reference picture stays with it, is put right and can be taken away", () => {
    const canvas = randomCanvas(random(8), 2);
    canvas.regions[0].reference = { picture: "sir.png", weight: 0.5 };
    const doc = edits.fromCanvas(canvas);
    const [{ id }, { id: other }] = doc.regions;
    assert.deepEqual(edits.toCanvas(edits.setField(doc, id, "tags", "new")).regions[0].reference, canvas.regions[0].reference);
    assert.deepEqual(edits.duplicateRegion(doc, id).doc.regions[1].reference, canvas.regions[0].reference);
    assert.deepEqual(edits.setExtras(doc, id, { reference: { picture: "été_2.webp", weight: 9 } }).regions[0].reference, { picture: "été_2.webp", weight: 2 });
    assert.deepEqual(edits.setExtras(doc, other, { reference: { picture: "a.png", weight: 1 } }).regions[1].reference, { picture: "a.png" });
    assert.equal(edits.setExtras(doc, other, { reference: { picture: "../a.png" } }), doc);
    assert.equal("reference" in edits.setExtras(doc, id, { reference: undefined }).regions[0], false);
});

test("a region's negative words and weight stay with it and are put right", () => {
    const canvas = randomCanvas(random(6), 2);
    Object.assign(canvas.regions[0], { negative: "(hat:1.3), beard # grey", weight: 0 });
    const doc = edits.fromCanvas(canvas);
    const [{ id }, { id: other }] = doc.regions;
    assert.deepEqual(edits.toCanvas(doc).regions[0], { ...edits.toCanvas(doc).regions[0], negative: "(hat:1.3), beard # grey", weight: 0 });
    assert.equal(edits.toCanvas(edits.setExtras(doc, id, { edge: 3 })).regions[0].weight, 0);
    const typed = edits.setExtras(doc, other, { negative: " a hat,\n\u00a0beard\u200b ", weight: 9 });
    assert.deepEqual([typed.regions[1].negative, typed.regions[1].weight], ["a hat,  beard", 2]);
    assert.equal(edits.setExtras(typed, other, { negative: "a hat,  beard\n" }), typed);
    assert.equal(edits.setExtras(typed, other, { negative: "x".repeat(3000) }).regions[1].negative?.length, 2000);
    const bare = edits.setExtras(typed, other, { negative: " \n", weight: 1 });
    assert.equal("negative" in bare.regions[1] || "weight" in bare.regions[1], false);
});

test("whatever is edited, the canvas stays one that can be used, and what was before is untouched", () => {
    const next = random(7);
    for (let round = 0; round < 60; round++) {
        let document = edits.fromCanvas(randomCanvas(next));
        for (let step = 0; step < 40; step++) {
            const before = JSON.stringify(document);
            const after = anyEdit(next, document);
            assert.equal(JSON.stringify(document), before);
            assert.ok(edits.isDocument(after, vocabulary), JSON.stringify(after));
            const canvas = edits.toCanvas(after);
            assert.equal(canvas.regions.length, after.regions.filter((region) => !region.hidden).length);
            assert.ok(canvas.regions.every((region) => !("id" in region) && !("hidden" in region)));
            assert.ok(!/\\ud[89a-f]/i.test(JSON.stringify(canvas)), "half a surrogate pair");
            document = after;
        }
    }
});

test("a canvas comes out as it went in, and lacks nothing when free_rect is missing", () => {
    const next = random(8);
    for (let round = 0; round < 50; round++) {
        const canvas = randomCanvas(next);
        assert.deepEqual(edits.toCanvas(edits.fromCanvas(canvas)), canvas);
    }
    const { free_rect: _, ...old } = randomCanvas(next, 1).regions[0];
    assert.equal(edits.fromCanvas({ ...edits.emptyDocument(), regions: [old] }).regions[0].free_rect, null);
});

test("a region that is moved in depth lies where it was put, and all others as before", () => {
    const next = random(9);
    for (let round = 0; round < 500; round++) {
        const document = edits.fromCanvas(randomCanvas(next, 1 + below(next, 10)));
        const { id } = oneOf(next, document.regions);
        const position = below(next, document.regions.length);
        const wanted = ids(document).filter((other) => other !== id);
        wanted.splice(position, 0, id);
        const after = edits.moveInDepth(document, id, position);
        assert.deepEqual(ids(after), wanted);
        assert.ok(after.regions.every((region) => region.distance_to_viewer > 0 && Number.isFinite(region.distance_to_viewer)));
        const list = edits.nearestFirst(after.regions).map((region) => region.distance_to_viewer);
        const at = list.indexOf(edits.regionOf(after, id).distance_to_viewer);
        assert.ok((at === 0 || list[at - 1] < list[at]) && (at === list.length - 1 || list[at] < list[at + 1]), "not strict");
        assert.deepEqual(after.regions.map((region) => region.id), document.regions.map((region) => region.id)); // order of writing
    }
});

test("halfway between neighbours, half as far again beyond the last, nearer by the same beyond the first", () => {
    const at = (...distances) => ({ ...edits.emptyDocument(), regions: distances.map((distance, index) => ({
        ...edits.addRegion(edits.emptyDocument(), vocabulary).doc.regions[0], id: index + 1, distance_to_viewer: distance,
    })) });
    const distanceAt = (position) => edits.regionOf(edits.moveInDepth(at(1, 2, 6, 9), 1, position), 1).distance_to_viewer;
    assert.deepEqual([0, 1, 2, 3].map(distanceAt), [1.33, 4, 7.5, 13.5]);
    const tied = edits.moveInDepth(at(5, 5, 5), 1, 1);
    assert.deepEqual(tied.regions.map((region) => region.distance_to_viewer), [2, 3, 1]);
});

test("equally far regions are layered as written, the last one nearest", () => {
    const regions = [{ distance_to_viewer: 1, id: 1 }, { distance_to_viewer: 1, id: 2 }, { distance_to_viewer: 2, id: 3 }];
    assert.deepEqual(edits.farToNear(regions).map((region) => region.id), [3, 1, 2]);
    assert.deepEqual(edits.nearestFirst(regions).map((region) => region.id), [2, 1, 3]);
});

test("a new region lies before all others, a copy just before its original", () => {
    const document = edits.fromCanvas(randomCanvas(random(10), 6));
    const added = edits.addRegion(document, vocabulary);
    assert.equal(ids(added.doc)[0], added.id);
    assert.notEqual(edits.regionOf(added.doc, added.id).color_name, document.color_name);
    for (const { id } of document.regions) {
        const copied = edits.duplicateRegion(document, id);
        const order = ids(copied.doc);
        assert.equal(order[order.indexOf(id) - 1], copied.id);
    }
});

test("a canvas from outside keeps who is who, and hidden regions only when asked to", () => {
    const canvas = randomCanvas(random(11), 4);
    const document = edits.setHidden(edits.fromCanvas(canvas), 2, true);
    const outside = edits.toCanvas(document);
    outside.regions[1].description = "changed";
    outside.regions.push(outside.regions[0]);
    assert.deepEqual(edits.fromCanvas(outside, document).regions.map((region) => region.id), [1, 3, 4, 5]);
    const kept = edits.fromCanvas(outside, document, { keepHidden: true });
    assert.deepEqual(kept.regions.map((region) => [region.id, region.hidden]), [[1, false], [2, true], [3, false], [4, false], [5, false]]);
    assert.equal(edits.regionOf(kept, 3).description, "changed");
    outside.regions.length = 1;
    assert.deepEqual(edits.fromCanvas(outside, document, { keepHidden: true }).regions.map((region) => region.id), [1, 2]);
});

test("what was stored is taken only when this vocabulary can hold it", () => {
    const document = edits.fromCanvas(randomCanvas(random(12), 2));
    assert.ok(edits.isDocument(JSON.parse(JSON.stringify(document)), vocabulary));
    const spoil = [
        (copy) => (copy.color_name = "no such colour"), (copy) => (copy.regions[0].location = "constructor"),
        (copy) => (copy.regions[0].distance_to_viewer = 0), (copy) => delete copy.tags, (copy) => (copy.regions[1].id = copy.regions[0].id),
        (copy) => (copy.regions[0].free_rect = [0, 91, 0, 10]), (copy) => (copy.regions = null), (copy) => copy.detailed_descriptions.push(3),
    ];
    for (const change of spoil) {
        const copy = structuredClone(document);
        change(copy);
        assert.ok(!edits.isDocument(copy, vocabulary), String(change));
    }
    assert.ok(!edits.isDocument(null, vocabulary));
});

test("tags that only say the description again follow it, others stay", () => {
    const canvas = randomCanvas(random(9), 1);
    const region = { ...canvas.regions[0], description: "Red circle.", tags: "red circle" };
    const said = (tags) => {
        const doc = edits.fromCanvas({ ...canvas, regions: [{ ...region, tags }] });
        return edits.toCanvas(edits.setField(doc, doc.regions[0].id, "description", "A green triangle.")).regions[0].tags;
    };
    assert.equal(said("red circle"), "green triangle");
    assert.equal(said("red circle, shiny"), "red circle, shiny");
    assert.equal(said(""), "");
});
