/** Messages, edits and the chat's buttons together, on a page without elements whose server answers when a test says so. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { createAsking } from "../../javascript/omost/asking.mjs";
import { last } from "../../javascript/omost/conversation.mjs";
import { createPage } from "../../javascript/omost/page.mjs";
import { begun } from "../../javascript/omost/page_state.mjs";
import { createTaking } from "../../javascript/omost/taking.mjs";
import { variantsOf } from "../../javascript/omost/variants.mjs";

const canvasOf = (/** @type {string} */ description) => ({ description, detailed_descriptions: [], tags: "", color_name: "gray", regions: [] });
const codeOf = (/** @type {string} */ word) => "```python\n" + word + "\n```";
const nothing = () => {};

/**
 * A page whose model replies with these words, each a canvas of that name. @param {string[]} words
 * @param {{during?: (number: number, asking: any) => unknown}} [options] `during` a reply, by its number
 */
function pageOf(words, { during = nothing } = {}) {
    const page = createPage(begun({}, ""), nothing);
    const [said, asked] = [[...words], []];
    const gate = { write: Promise.resolve() };
    let drawn = 0;
    const size = { bags: null, tokens: null, limit: null, estimate: "" };
    const api = {
        async post(path, body) {
            if (path === "read") return { canvas: body.text && canvasOf(body.text.replace(/```\w*/g, "").trim()), problems: [], corrections: [], ...size };
            if (path !== "write") return {};
            await gate.write;
            return { code: body.canvas.description, ...size };
        },
        async follow(_path, body, onEvent) {
            asked.push(body);
            const word = said.shift();
            await during(asked.length, asking);
            onEvent({ type: "canvas", canvas_json: canvasOf(word) });
            onEvent({ type: "end", reply: codeOf(word) });
        },
    };
    const chat = { showProgress: nothing, showDoing: nothing, showMeter: nothing, tell: nothing, getMessage: () => "", setMessage: nothing, sampling: () => ({}) };
    const editor = { beginWriting: nothing, showWritten: nothing, endWriting: nothing, setCode: nothing, setCanvas: nothing };
    const host = {
        drawAll: nothing, getCanvasText: () => page.state.text, setEnabled: nothing, settings: () => ({}), generate: () => (drawn += 1),
    };
    const taking = createTaking({ page, api, host, editor, bar: { showSize: nothing } });
    const asking = createAsking({ page, api, host, chat, editor, taking });
    const variants = () => variantsOf(last(page.state.conversation)).map(({ reply }) => reply);
    return { page, asking, taking, asked, gate, variants, drawn: () => drawn };
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
