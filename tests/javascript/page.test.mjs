import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { sentence } from "../../javascript/omost/bar.mjs";
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
    assert.equal(placeOf({ location: "on the left", offset: "no offset", area: "a large square area", free_rect: null }, t), "左侧, 无偏移, a large square area");
});

test("of a state the words are translated, figures and names stay", () => {
    globalThis.localization = { downloading: "正在下载", "installing the worker's packages": "正在安装" };
    assert.equal(stateOf({ phase: "downloading", text: "downloading 1.0 MB of 3.0 GB, 5.0 MB/s" }), "正在下载 1.0 MB of 3.0 GB, 5.0 MB/s");
    assert.equal(stateOf({ phase: "installing", text: "installing the worker's packages: torch" }), "正在安装: torch");
    assert.equal(stateOf({ phase: "loading", text: "loading" }), "loading");
    assert.equal(stateOf({ phase: "loading", text: "something else" }), "something else");
});

test("the bar says what the next picture will do", () => {
    assert.match(sentence(false, null, "score", false), /^There is no canvas/);
    assert.match(sentence(false, 2, "score", true), /canvas is not used/);
    assert.match(sentence(true, null, "score", false), /no canvas that can be read/);
    assert.equal(sentence(true, 3, "score", false), "The next picture has 3 regions (score).");
    assert.equal(sentence(true, 0, "plain", true), "The next picture has 0 regions (plain). It starts from the draft.");
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
