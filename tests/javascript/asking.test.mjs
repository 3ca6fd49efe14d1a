/** Messages, edits and the chat's buttons together, on a page without elements whose server answers when a test says so. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { createAsking } from "../../javascript/omost/asking.mjs";
import { last } from "../../javascript/omost/conversation.mjs";
import { createPage } from "../../javascript/omost/page.mjs";
import { createHistory } from "../../javascript/omost/history.mjs";
import { begun } from "../../javascript/omost/page_state.mjs";
import { createTaking } from "../../javascript/omost/taking.mjs";
import { variantsOf } from "../../javascript/omost/variants.mjs";

const canvasOf = (/** @type {string} */ description) => ({ description, detailed_descriptions: [], tags: "", color_name: "gray", regions: [] });
const codeOf = (/** @type {string} */ word) => "```python\n" + word + "\n```";
const nothing = () => {};

/**
 * A page whose model replies with these words, each a canvas of that name. @param {string[]} words
 * @param {{during?: (number: number, asking: any) => unknown, isChange?: boolean}} [options] `during` a reply, by its number
 */
function pageOf(words, { during = nothing, isChange = false } = {}) {
    const page = createPage(begun({}, ""), nothing);
    const [said, asked, told] = [[...words], [], []];
    const gate = { write: Promise.resolve() };
    const part = { redraw: "" };
    let drawn = 0;
    const size = { bags: null, tokens: null, limit: null, estimate: "" };
    const api = {
        async post(path, body) {
            if (path === "read") return { canvas: body.text ? canvasOf(body.text.replace(/```\w*/g, "").trim()) : null, problems: [], corrections: [], ...size };
            if (path === "history/write") return { text: JSON.stringify({ rounds: body.rounds }) };
            if (path === "history/read") return { rounds: JSON.parse(body.text).rounds.map(({ message, reply }) => ({ message, reply })), pending: null };
            if (path !== "write") return {};
            await gate.write;
            return { code: body.canvas.description, ...size };
        },
        async follow(_path, body, onEvent) {
            asked.push(body);
            const word = said.shift();
            await during(asked.length, asking);
            onEvent({ type: "canvas", canvas_json: canvasOf(word), is_change: isChange });
            onEvent({ type: "end", reply: codeOf(word) });
        },
    };
    const chat = { showProgress: nothing, showDoing: nothing, showMeter: nothing, tell: (text) => told.push(text), focus: nothing, getMessage: () => "", setMessage: nothing, sampling: () => ({}) };
    const editor = { beginWriting: nothing, showWritten: nothing, endWriting: nothing, setCode: nothing, setCanvas: nothing };
    const host = {
        drawAll: () => void (part.redraw = ""), getCanvasText: () => page.state.text, setEnabled: nothing, settings: () => part, generate: () => (drawn += 1),
    };
    const taking = createTaking({ page, api, host, editor, bar: { showSize: nothing } });
    const asking = createAsking({ page, api, host, chat, editor, taking });
    const history = createHistory({ page, api, chat, taking });
    const variants = () => variantsOf(last(page.state.conversation)).map(({ reply }) => reply);
    return { page, part, asking, taking, history, asked, told, gate, variants, drawn: () => drawn };
}

const ALL = [codeOf("fox"), codeOf("owl"), codeOf("hare")];

test("undoing the opening of a variant opens the one before, and redoing it the other", async () => {
    const { page, asking, taking, variants } = pageOf(["fox", "owl", "hare"]);
    await asking.write("an animal", { generate: false, count: 3 });
    assert.deepEqual(variants(), ALL);
    await asking.open(0);
    for (const [word, place] of [["hare", 2], ["fox", 0]]) {
        await taking.edit(canvasOf(word)); // as the editor reports it
        assert.deepEqual([page.state.canvas.description, last(page.state.conversation).place], [word, place]);
        assert.deepEqual(variants(), ALL);
    }
    await taking.edit(canvasOf("fox cub"));
    assert.deepEqual(variants(), [codeOf("fox cub"), ...ALL.slice(1)]);
});

/** The server answers what was asked of an edit only when `meanwhile` has been asked, too. */
async function editedWhile(parts, word, meanwhile) {
    const { gate, taking } = parts;
    let answer = nothing;
    gate.write = new Promise((resolve) => void (answer = resolve));
    const tasks = [taking.edit(canvasOf(word)), meanwhile()];
    await new Promise(setImmediate);
    answer();
    await Promise.all(tasks);
}

test("an edit whose code has not come stays with its variant when another one is opened", async () => {
    const parts = pageOf(["fox", "owl"]);
    await parts.asking.write("an animal", { generate: false, count: 2 });
    await editedWhile(parts, "tawny owl", () => parts.asking.open(0));
    assert.deepEqual(parts.variants(), [codeOf("fox"), codeOf("tawny owl")]);
    assert.deepEqual(last(parts.page.state.conversation).others.map(({ canvas }) => canvas.description), ["tawny owl"]);
    await Promise.all([parts.asking.open(1), parts.asking.open(0)]); // one press, and another
    assert.deepEqual(last(parts.page.state.conversation).others.map(({ canvas }) => canvas.description), ["tawny owl"]);
});

/** The file that is saved by a task. @param {() => Promise<unknown>} task */
async function savedBy(task) {
    const before = [globalThis.document, globalThis.setTimeout, URL.createObjectURL];
    const link = { getAttribute: nothing, setAttribute: nothing, append: nothing, click: nothing };
    let saved = new Blob([]);
    globalThis.document = { createElement: () => link };
    globalThis.setTimeout = nothing; // after which a file's address is let go
    URL.createObjectURL = (file) => ((saved = file), "blob:");
    await task();
    [globalThis.document, globalThis.setTimeout, URL.createObjectURL] = before;
    return saved;
}

test("a chat that is exported holds an edit whose code has not come", async () => {
    const parts = pageOf(["fox"]);
    await parts.asking.write("an animal", { generate: false, count: 1 });
    const file = await savedBy(() => editedWhile(parts, "fox cub", () => parts.history.exportAs("json")));
    assert.deepEqual(JSON.parse(await file.text()), { rounds: [{ message: "an animal", reply: codeOf("fox cub") }] });
});

test("variants go into a JSON file and come back, and a Markdown file is said to lack them", async () => {
    const parts = pageOf(["fox", "owl", "hare"]);
    await parts.asking.write("an animal", { generate: false, count: 3 });
    await parts.asking.open(1);
    const file = await savedBy(() => parts.history.exportAs("json"));
    assert.deepEqual(parts.told, []);
    const other = pageOf([]);
    await other.history.importFile(file);
    assert.deepEqual(other.variants(), ALL);
    assert.deepEqual([last(other.page.state.conversation).place, other.page.state.canvas.description], [1, "owl"]);
    assert.deepEqual(last(other.page.state.conversation).others, last(parts.page.state.conversation).others);
    const odd = { message: "an animal", reply: codeOf("owl"), others: [5, "", codeOf("fox")], place: -7 };
    await other.history.importFile(new Blob([JSON.stringify({ rounds: [odd] })]));
    assert.deepEqual(other.variants(), [codeOf("fox"), codeOf("owl")]);
    await savedBy(() => parts.history.exportAs("md"));
    assert.match(parts.told.join(), /no Markdown file/);
});

test("Stop in a further variant, or while one is read, ends them all and draws nothing", async () => {
    const parts = pageOf(["fox", "owl", "hare"], { during: (number, asking) => number === 2 && asking.stop() });
    await parts.asking.write("an animal", { generate: true, count: 3 });
    assert.deepEqual([parts.asked.length, parts.drawn(), parts.page.state.canvas.description], [2, 0, "fox"]);
    const read = pageOf(["fox", "owl", "hare"]);
    let answer = nothing;
    read.gate.write = new Promise((resolve) => void (answer = resolve));
    const whole = read.asking.write("an animal", { generate: true, count: 3 });
    while (read.page.state.phase.name !== "taking") await new Promise(setImmediate);
    await read.asking.stop();
    answer();
    await whole;
    assert.deepEqual([read.asked.length, read.drawn()], [1, 0]);
    const all = pageOf(["fox", "owl", "hare"]);
    await all.asking.write("an animal", { generate: true, count: 3 });
    assert.deepEqual([all.asked.length, all.drawn()], [3, 1]);
});

test("a number that is another region's by now is forgotten after an edit, edited code, an older reply and one that changes the canvas", async () => {
    const three = { ...canvasOf("all"), regions: ["one", "two", "three"].map(canvasOf) };
    const fewer = { ...three, regions: three.regions.slice(1) };
    const ways = [
        [false, (parts) => parts.taking.edit(fewer)],
        [false, (parts) => parts.taking.text("a picture of nothing")],
        [false, (parts) => parts.taking.lastReply()],
        [true, (parts) => parts.asking.write("away with all", { generate: false, count: 1 })],
    ];
    for (const [isChange, change] of ways) {
        const parts = pageOf(["nothing"], { isChange });
        await parts.taking.edit(three);
        parts.part.redraw = "2";
        await parts.taking.edit({ ...three, regions: [canvasOf("none"), ...fewer.regions] });
        assert.equal(parts.part.redraw, "2");
        await change(parts);
        assert.equal(parts.part.redraw, "", String(change));
    }
});
