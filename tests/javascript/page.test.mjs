import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { sentence, sizeOf, titleOf } from "../../javascript/omost/bar.mjs";
import { createStore } from "../../javascript/omost/store.mjs";
import { stateOf, t, translated } from "../../javascript/omost/strings.mjs";
import { placeOf } from "../../javascript/omost/words.mjs";

afterEach(() => {
    delete globalThis.localization;
    delete globalThis.localStorage;
});

/** A browser's store. */
function fakeStorage(items = {}, isFull = false) {
    globalThis.localStorage = {
        getItem: (key) => items[key] ?? null,
        setItem(key, value) {
            if (isFull) throw new Error("QuotaExceededError");
            items[key] = value;
        },
    };
    return items;
}

test("words come from the page's table, and are English where it has none", () => {
    assert.equal(t("Stop"), "Stop");
    globalThis.localization = { Stop: "停止", Write: "" };
    assert.equal(t("Stop"), "停止");
    assert.equal(translated("Write"), "Write");
    assert.equal(translated("Undo"), "Undo");
});

test("the words of a place are translated one by one", () => {
    globalThis.localization = { "on the left": "左侧", "no offset": "无偏移" };
    assert.equal(placeOf({ location: "on the left", offset: "no offset", area: "a large square area", free_rect: null }), "左侧, 无偏移, a large square area");
});

test("of a state the words are translated, figures and names stay", () => {
    globalThis.localization = { downloading: "正在下载", "installing what it needs": "正在安装" };
    assert.equal(stateOf({ phase: "downloading", text: "downloading 1.0 MB of 3.0 GB, 5.0 MB/s" }), "正在下载 1.0 MB of 3.0 GB, 5.0 MB/s");
    assert.equal(stateOf({ phase: "installing", text: "installing what it needs: torch" }), "正在安装: torch");
    assert.equal(stateOf({ phase: "loading", text: "loading" }), "loading; the first time this may take a minute");
    assert.equal(stateOf({ phase: "loading", text: "something else" }), "something else");
});

const UNKNOWN = { name: null, has_regions: null, reason: "" };
/** What the bar says of a state that differs so from a usual one. */
const said = (change) => sentence({ enabled: true, regions: 2, method: "score", draft: false, drawnWith: UNKNOWN, ...change });

test("the bar says what the next picture will do", () => {
    assert.match(said({ enabled: false, regions: null }), /^There is no canvas/);
    assert.match(said({ enabled: false, regions: 2, draft: true }), /canvas is not used/);
    assert.match(said({ regions: null }), /no canvas that can be read/);
    assert.equal(said({ regions: 3 }), "The next picture has 3 regions (score).");
    assert.equal(said({ regions: 1 }), "The next picture has one region (score).");
    assert.equal(said({ regions: 0, draft: true }), "The next picture has no regions: the words of the canvas join the prompt. It starts from the draft.");
    assert.match(said({ regions: 3, method: "plain", draft: true }), /no regions: .* It starts from the draft\.$/);
});

test("the bar says before it is asked for that a picture will be refused, and why", () => {
    const flux = { name: "Flux", has_regions: false, reason: "Omost cannot steer Flux: choose another." };
    assert.equal(said({ drawnWith: flux }), "The next picture is refused: Omost cannot steer Flux: choose another.");
    assert.match(said({ drawnWith: flux, enabled: false }), /is not used.* Omost cannot steer Flux/);
    assert.match(said({ drawnWith: flux, method: "plain" }), /^The next picture has no regions/);
    assert.match(said({ drawnWith: { ...flux, has_regions: null } }), /^The next picture has 2 regions/);
});

test("the bar says which methods a model can do, and which one is its own", () => {
    const flux = { name: "Flux", has_regions: true, reason: "", methods: ["layout", "plain"] };
    assert.equal(said({ drawnWith: flux }), "The next picture is refused: The method score cannot steer Flux: choose one of layout, plain.");
    assert.equal(said({ drawnWith: flux, method: "auto" }), "The next picture has 2 regions (layout).");
    assert.match(said({ drawnWith: flux, method: "plain" }), /^The next picture has no regions/);
    assert.equal(said({ method: "auto" }), "The next picture has 2 regions."); // before a model is there nobody knows its method
    assert.equal(said({ method: "auto", regions: 1 }), "The next picture has one region.");
});

test("each tab keeps its own", () => {
    const items = fakeStorage();
    createStore("txt2img").write({ message: "a" });
    createStore("img2img").write({ message: "b" });
    assert.deepEqual(createStore("txt2img").read(), { message: "a" });
    assert.deepEqual(Object.keys(items), ["omost.txt2img", "omost.img2img"]);
});

test("a browser that keeps nothing, or something odd, is no error", () => {
    assert.deepEqual(createStore("txt2img").read(), {}); // there is no localStorage at all
    createStore("txt2img").write({});
    fakeStorage({ "omost.txt2img": "{" }, true);
    assert.deepEqual(createStore("txt2img").read(), {});
    createStore("txt2img").write({ message: "a" });
    fakeStorage({ "omost.txt2img": "null" });
    assert.deepEqual(createStore("txt2img").read(), {});
});

test("how long the texts are is said as what it is", () => {
    const known = { bags: 3, tokens: 16, limit: 75, estimate: "" };
    assert.equal(sizeOf(known), "3 bags, 16 tokens, as the text encoder reads them.");
    assert.match(sizeOf({ ...known, estimate: "tokenizer" }), /^3 bags, 16 tokens by CLIP's tokenizer; other/);
    assert.match(sizeOf({ ...known, estimate: "choices" }), /^About 3 bags, 16 tokens: of variants/);
});

test("what the state says of sketch and draft is explained, where it says it", () => {
    const of = (change) => titleOf({ enabled: true, regions: 2, method: "score", draft: false, drawnWith: UNKNOWN, ...change });
    const drawnWith = { ...UNKNOWN, methods: ["sketch", "score"] };
    assert.equal(of({}), "");
    assert.match(of({ method: "sketch" }), /^Sketch: /);
    assert.match(of({ method: "auto", drawnWith }), /^Sketch: /);
    assert.equal(of({ method: "score", drawnWith }), "");
    assert.match(of({ draft: true }), /^The draft is /);
    assert.match(of({ draft: true, method: "sketch" }), /^Sketch: .*\nThe draft is /);
    for (const without of [{ enabled: false }, { regions: null }, { redraw: "1" }, { place: "0, 90, 0, 45" }])
        assert.equal(of({ method: "sketch", draft: true, ...without }), "");
});
