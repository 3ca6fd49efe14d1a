import assert from "node:assert/strict";
import { test } from "node:test";

import { answer, EMPTY, last, restored, withCanvas } from "../../javascript/omost/conversation.mjs";
import * as page from "../../javascript/omost/page_state.mjs";
import { isAmong, variantLines, variantsOf, withVariant } from "../../javascript/omost/variants.mjs";

const canvasOf = (/** @type {string} */ description) => ({ description, regions: [] });
const START = page.begun({}, "");

/** A page on which the last message has these canvases. @param {string[]} words */
function written(...words) {
    let state = START;
    for (const [number, word] of words.entries()) {
        const question = number ? page.anotherOf(state) : page.newMessage(state, "a message");
        state = page.replyBegins(state, question, `id ${number}`);
        state = page.canvasGoesOn(state, canvasOf(word));
        state = page.replyTaken(page.replyEnds(state, `reply ${word}`));
    }
    return state;
}

const replies = (state) => variantsOf(last(state.conversation)).map(({ reply }) => reply);

test("each canvas of a message is kept, in order, in one round", () => {
    const state = written("fox", "owl", "hare");
    assert.equal(state.conversation.rounds.length, 1);
    assert.deepEqual(replies(state), ["reply fox", "reply owl", "reply hare"]);
    assert.equal(last(state.conversation).reply, "reply hare");
    assert.equal(variantLines(state.conversation), [canvasOf("fox"), canvasOf("owl")].map((each) => JSON.stringify(each)).join("\n"));
});

test("the server is asked for one that differs, from what stood before the message", () => {
    const question = page.anotherOf(written("fox", "owl"));
    assert.deepEqual(question.unlike, ["reply fox", "reply owl"]);
    assert.deepEqual(question.before, EMPTY);
    assert.ok(isAmong(question.others, canvasOf("fox")));
    assert.ok(isAmong(question.others, canvasOf("owl")));
    assert.ok(!isAmong(question.others, canvasOf("hare")));
});

test("a canvas that is drawn by hand, and a page without one, has no further ones", () => {
    assert.equal(page.anotherOf(START), null);
    const drawn = page.codeCame(page.canvasTaken(START, canvasOf("x")), canvasOf("x"), { code: "x" });
    assert.equal(page.anotherOf(drawn), null);
});

test("one that is opened changes places, and the numbers stay", () => {
    const state = written("fox", "owl", "hare");
    let { conversation } = state;
    for (const [number, word] of [[0, "fox"], [2, "hare"], [1, "owl"]]) {
        const canvas = canvasOf(last(conversation).reply.slice(6));
        conversation = withVariant(conversation, number, canvas);
        assert.equal(last(conversation).reply, `reply ${word}`);
        assert.deepEqual(variantsOf(last(conversation)).map(({ reply }) => reply), ["reply fox", "reply owl", "reply hare"]);
        assert.ok(!variantLines(conversation).includes(word));
    }
    assert.equal(withVariant(conversation, 1, canvasOf("owl")), conversation);
    assert.equal(withVariant(conversation, 9, canvasOf("owl")), conversation);
});

test("an edit that is another variant opens it, whatever order its fields come in", () => {
    const state = written("fox", "owl", "hare");
    const fox = { regions: [], description: "fox" };
    const opened = page.editTaken(state, fox);
    assert.deepEqual([opened.canvas, last(opened.conversation).reply, last(opened.conversation).place], [fox, "reply fox", 0]);
    assert.deepEqual(replies(opened), ["reply fox", "reply owl", "reply hare"]);
    assert.deepEqual(last(page.editTaken(opened, canvasOf("hare")).conversation), last(state.conversation));
    assert.equal(page.editTaken(state, canvasOf("bear")).conversation, state.conversation);
    assert.equal(page.editTaken(START, canvasOf("bear")).conversation, START.conversation);
});

test("an edit keeps the others, and a canvas from elsewhere takes their place", () => {
    const { conversation } = written("fox", "owl");
    const edited = withCanvas(conversation, "canvas = 1", [], { isEdit: true });
    assert.equal(variantLines(edited), variantLines(conversation));
    assert.equal(variantLines(withCanvas(conversation, "canvas = 1", [])), "");
});

test("a reply that is asked again and one that is gone on with keep the others, the next message has none", () => {
    const state = written("fox", "owl");
    for (const question of [page.retried(state), page.continued(state)]) {
        const ended = page.replyEnds(page.replyBegins(state, question, "id"), "reply bear");
        assert.deepEqual(replies(ended), ["reply fox", "reply bear"]);
    }
    assert.equal(variantLines(answer(state.conversation, "next", "reply", null)), "");
});

test("the browser keeps them, and nothing else that it is given", () => {
    const { conversation } = written("fox", "owl", "hare");
    assert.deepEqual(restored(JSON.parse(JSON.stringify(conversation))), conversation);
    const broken = { rounds: [{ message: "a", reply: "b", regions: null, others: [{ reply: 5 }], place: "x" }] };
    assert.deepEqual(restored(broken).rounds, [{ message: "a", reply: "b", regions: null }]);
});
