import assert from "node:assert/strict";
import { test } from "node:test";

import { answer, EMPTY, last, regionLines, standsAfter, withCanvas } from "../../javascript/omost/conversation.mjs";
import * as page from "../../javascript/omost/page_state.mjs";
import { below, oneOf, random, randomCanvas } from "./helpers.mjs";

const [ONE, OTHER, THIRD] = [1, 2, 3].map((seed) => randomCanvas(random(seed), 2));
const codeOf = (canvas) => `code of ${JSON.stringify(canvas)}`;
const fenced = (words) => "```python\n" + words + "\n```";
const written = (canvas) => ({ code: codeOf(canvas) });
const START = page.begun({}, "");

/** A canvas that was taken, with the server's answer to it. */
const holding = (state, canvas) => page.codeCame(page.canvasTaken(state, canvas), canvas, written(canvas));
/** A reply on its way. */
const asking = (state, message = "a cat") => page.replyBegins(state, page.newMessage(state, message), "id");
/** A whole reply, taken. */
const answered = (state, message, reply, canvas) => {
    const kept = page.replyEnds(page.canvasGoesOn(asking(state, message), canvas), reply);
    const read = page.replyRead(kept, canvas);
    return page.replyTaken(page.codeCame(read, canvas, written(canvas), { isHeld: true }));
};

test("the page begins with what the browser kept and the host has", () => {
    const conversation = answer(EMPTY, "one", "reply", []);
    assert.deepEqual(page.begun({ conversation, model: "big" }, "text"), {
        conversation, model: "big", text: "text", canvas: null, phase: { name: "idle", after: "nothing", unanswered: "" },
        drawnWith: { name: null, has_regions: null, reason: "" }, told: [],
    });
    assert.deepEqual(page.begun({ conversation: 5, model: 7 }, "").conversation, EMPTY);
    assert.equal(page.begun({ model: 7 }, "").model, "");
});

test("a reply begins, goes on and ends: it is the last round, its canvas is seen and drawn from", () => {
    const begun = asking(holding(START, THIRD), "a cat");
    assert.equal(page.writingOf(begun).message, "a cat");
    assert.equal(page.unansweredOf(begun), "a cat");
    const on = page.canvasGoesOn(page.replyGoesOn(page.replyGoesOn(begun, "a "), "b"), ONE);
    assert.equal(page.writingOf(on).text, "a b");
    assert.deepEqual(page.writingOf(on).regions, regionLines(ONE));
    assert.deepEqual([on.canvas, on.text, on.conversation], [THIRD, codeOf(THIRD), begun.conversation]); // not yet
    const kept = page.replyEnds(on, "a b c");
    assert.deepEqual(last(kept.conversation), { message: "a cat", reply: "a b c", regions: regionLines(ONE) });
    assert.deepEqual([kept.canvas, kept.text], [ONE, JSON.stringify(ONE)]); // as far as it came
    assert.ok(page.isBusy(kept));
    const read = page.replyRead(kept, OTHER);
    assert.deepEqual([read.canvas, last(read.conversation).regions], [OTHER, regionLines(OTHER)]);
    const held = page.codeCame(read, OTHER, written(OTHER), { isHeld: true });
    assert.equal(held.text, codeOf(OTHER));
    assert.equal(last(held.conversation).reply, "a b c"); // as it was written
    const done = page.replyTaken(held);
    assert.deepEqual(done.phase, { name: "idle", after: "whole", unanswered: "" });
});

test("a reply that fails keeps what had come, and without anything the message is the user's again", () => {
    const before = holding(START, THIRD);
    const part = page.replyTaken(page.replyFails(page.canvasGoesOn(asking(before), ONE), "half"));
    assert.deepEqual([last(part.conversation).reply, part.canvas, part.phase.after], ["half", ONE, "failed"]);
    assert.equal(page.unansweredOf(part), "");
    const ended = page.replyFails(asking(before), "");
    assert.equal(page.unansweredOf(ended), "a cat");
    const nothing = page.replyTaken(ended);
    assert.deepEqual({ ...nothing, phase: null }, { ...before, phase: null });
    assert.deepEqual(nothing.phase, { name: "idle", after: "failed", unanswered: "a cat" });
});

test("a stopped reply is no whole one, however the model ends it", () => {
    const stopped = page.replyTaken(page.replyEnds(page.replyIsStopped(asking(START)), "half"));
    assert.equal(stopped.phase.after, "stopped");
    assert.equal(last(stopped.conversation).reply, "half");
    assert.equal(page.replyIsStopped(START), START);
});

test("retry and rewording ask without the old reply, which stays when nothing comes", () => {
    const two = answered(answered(START, "one", "first", ONE), "two", "second", OTHER);
    const retry = page.retried(two);
    assert.deepEqual([retry.message, retry.begun, retry.before.rounds.length], ["two", "", 1]);
    assert.deepEqual(retry.unlike, ["second"]);
    assert.deepEqual([page.newMessage(two, "three").unlike, page.reworded(two, 0, "uno").unlike, page.continued(two).unlike], [undefined, undefined, undefined]);
    const reworded = page.reworded(two, 0, "uno");
    assert.deepEqual([reworded.message, reworded.before.rounds], ["uno", []]);
    assert.equal(page.reworded(two, 2, "x"), null);
    const failed = page.replyTaken(page.replyFails(page.replyBegins(two, retry, "id"), ""));
    assert.equal(failed.conversation, two.conversation);
    assert.equal(page.unansweredOf(failed), ""); // its round still holds the message
    const lost = page.replyTaken(page.replyFails(page.replyBegins(two, reworded, "id"), ""));
    assert.equal(lost.conversation, two.conversation);
    assert.equal(page.unansweredOf(lost), "uno"); // no round holds that
    const again = page.replyEnds(page.replyBegins(two, reworded, "id"), "new");
    assert.deepEqual(again.conversation.rounds.map((round) => [round.message, round.reply]), [["uno", "new"]]);
});

test("going on continues the last reply", () => {
    const question = page.continued(answered(START, "one", "first", ONE));
    assert.deepEqual([question.message, question.begun, question.before.rounds], ["one", "first", []]);
    const writing = page.replyBegins(answered(START, "one", "first", ONE), question, "id");
    assert.equal(page.writingOf(page.replyGoesOn(writing, " and on")).text, "first and on");
    assert.deepEqual([page.continued(START), page.retried(START)], [null, null]);
});

test("nobody is asked again for a canvas that was drawn by hand: its next message holds it", () => {
    const drawn = holding(START, ONE);
    assert.deepEqual([page.retried(drawn), page.reworded(drawn, 0, "a cat")], [null, null]);
    assert.equal(page.newMessage(drawn, "larger").before.rounds[0].reply, fenced(codeOf(ONE)));
});

test("whatever is taken in, the conversation holds what is seen", () => {
    const before = answered(START, "one", "Here it is: first", ONE);
    for (const taken of [
        holding(before, OTHER),
        page.codeHeld(page.textRead(page.textTaken(before, "text"), "text", OTHER), OTHER, codeOf(OTHER)),
        page.codeHeld(page.textRead(page.infotextTaken(before, "text"), "text", OTHER), OTHER, codeOf(OTHER)),
    ]) {
        assert.equal(taken.canvas, OTHER);
        assert.deepEqual(last(taken.conversation), { message: "one", reply: fenced(codeOf(OTHER)), regions: regionLines(OTHER) });
    }
    assert.equal(holding(before, ONE).conversation, before.conversation); // the same canvas: words around it stay
});

test("a canvas is drawn from at once, and its code only while it is still the one", () => {
    const taken = page.canvasTaken(START, ONE);
    assert.equal(taken.text, JSON.stringify(ONE));
    const newer = page.canvasTaken(taken, OTHER);
    assert.equal(page.codeCame(newer, ONE, written(ONE)), newer);
    assert.equal(page.codeHeld(newer, ONE, codeOf(ONE)), newer);
    assert.equal(page.textRead(page.textTaken(newer, "newer"), "older", ONE).canvas, OTHER);
});

test("a text that holds no canvas is the host's all the same, and changes no round", () => {
    const before = holding(START, ONE);
    const odd = page.textRead(page.textTaken(before, "odd"), "odd", null);
    assert.deepEqual([odd.text, odd.canvas, odd.conversation], ["odd", null, before.conversation]);
});

test("nothing is taken in while a reply is written or read", () => {
    for (const busy of [asking(holding(START, ONE)), page.replyEnds(asking(holding(START, ONE)), "reply")]) {
        for (const event of [
            () => page.canvasTaken(busy, OTHER), () => page.textTaken(busy, "text"),
            () => page.conversationReplaced(busy, EMPTY), () => asking(busy, "another"),
        ]) assert.throws(event, page.Busy);
        assert.equal(page.textRead(busy, busy.text, OTHER), busy);
    }
    const writing = asking(holding(START, ONE));
    assert.equal(page.codeCame(writing, ONE, written(ONE)), writing);
});

test("an infotext that comes in mid-reply waits for its end", () => {
    const writing = page.infotextTaken(asking(holding(START, ONE)), "pasted");
    assert.deepEqual([page.pastedOf(writing), writing.text, writing.canvas], ["pasted", "pasted", ONE]);
    const kept = page.replyEnds(page.canvasGoesOn(writing, OTHER), "reply");
    assert.equal(page.pastedOf(kept), "pasted");
    assert.equal(page.pastedOf(page.infotextTaken(kept, "newer")), "newer");
    assert.equal(page.pastedOf(page.replyTaken(kept)), null);
});

test("a reply without a canvas leaves the one before it standing", () => {
    const before = holding(START, ONE);
    const talk = page.replyTaken(page.replyEnds(asking(before), "I cannot draw that."));
    assert.equal(talk.canvas, ONE);
    assert.equal(standsAfter(last(talk.conversation)), codeOf(ONE));
    assert.equal(withCanvas(talk.conversation, codeOf(ONE), []), talk.conversation); // after a reload
});

test("the conversation is replaced, the model chosen, and nothing else changes", () => {
    const before = holding(START, ONE);
    assert.deepEqual(page.conversationReplaced(before, EMPTY), { ...before, conversation: EMPTY });
    assert.deepEqual(page.modelChosen(before, "big"), { ...before, model: "big" });
    assert.equal(page.modelChosen(before, ""), before);
    assert.equal(page.modelChosen(asking(before), "big").model, "big");
});

test("events of a reply that is over change nothing", () => {
    const idle = holding(START, ONE);
    for (const event of [
        () => page.replyGoesOn(idle, "x"), () => page.canvasGoesOn(idle, OTHER), () => page.replyEnds(idle, "x"),
        () => page.replyFails(idle, "x"), () => page.replyRead(idle, OTHER), () => page.replyTaken(idle),
    ]) assert.equal(event(), idle);
});

test("in any order of events every state is frozen, no state is changed, and rounds hold messages and replies", () => {
    const next = random(31);
    const events = [
        (state) => asking(state, oneOf(next, ["a", "b"])),
        (state) => { const question = page.retried(state); return question ? page.replyBegins(state, question, "id") : state; },
        (state) => page.replyGoesOn(state, "x"),
        (state) => page.canvasGoesOn(state, oneOf(next, [ONE, OTHER])),
        (state) => page.replyIsStopped(state),
        (state) => page.replyEnds(state, oneOf(next, ["", "reply"])),
        (state) => page.replyFails(state, oneOf(next, ["", "half"])),
        (state) => page.replyRead(state, THIRD),
        (state) => page.replyTaken(state),
        (state) => page.canvasTaken(state, oneOf(next, [ONE, OTHER])),
        (state) => (state.canvas ? page.codeCame(state, state.canvas, written(state.canvas), { isHeld: next() < 0.3 }) : state),
        (state) => page.textTaken(state, oneOf(next, ["", "text"])),
        (state) => page.infotextTaken(state, "pasted"),
        (state) => page.textRead(state, state.text, oneOf(next, [ONE, null])),
        (state) => page.conversationReplaced(state, EMPTY),
        (state) => page.modelChosen(state, oneOf(next, ["big", ""])),
    ];
    for (let walk = 0; walk < 200; walk++) {
        let state = START;
        for (let step = 0; step < 60; step++) {
            const before = JSON.stringify(state);
            let after = state;
            try {
                after = events[below(next, events.length)](state);
            } catch (error) {
                assert.ok(error instanceof page.Busy && page.isBusy(state));
            }
            assert.equal(JSON.stringify(state), before);
            assert.ok(Object.isFrozen(after) && Object.isFrozen(after.phase));
            assert.ok(after.conversation.rounds.every((round) => round.message && round.reply));
            state = after;
        }
        state = page.replyTaken(page.replyFails(state, "")); // and there is always a way out
        assert.ok(!page.isBusy(state));
    }
});

test("what a job told is past with every edit, text and canvas, and when the next one begins", () => {
    const refused = page.jobEnded(holding(START, ONE), [{ text: "no", is_refusal: true }, { text: "by the way", is_refusal: false }]);
    assert.equal(page.wasRefused(refused), true);
    assert.equal(page.wasRefused(page.jobEnded(refused, [{ text: "by the way", is_refusal: false }])), false);
    const edits = [
        page.editTaken(refused, OTHER), page.canvasTaken(refused, OTHER), page.textTaken(refused, "other"), page.infotextTaken(refused, "other"),
        page.jobIsPast(refused),
    ];
    for (const next of edits) assert.deepEqual(next.told, []);
    for (const same of [page.modelChosen(refused, "big"), page.codeCame(refused, ONE, written(ONE))]) assert.equal(same.told, refused.told);
    assert.equal(page.jobIsPast(START), START);
});
