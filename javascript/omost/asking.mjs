/**
 * One message and its reply, from the question to the canvas: the events of `page_state.mjs` with what the server, the
 * chat and the editor do for them.
 * @import {PageState, Parts, Question} from "./types"
 */

import { newId } from "./api.mjs";
import { forServer, last } from "./conversation.mjs";
import { fill } from "./dom.mjs";
import {
    anotherOf, canvasGoesOn, continued, conversationReplaced, infotextTaken, isBusy, newMessage, pastedOf, replyBegins, replyEnds, replyFails, replyGoesOn, replyIsStopped,
    replyTaken, retried, reworded, writingOf,
} from "./page_state.mjs";
import { receive } from "./reply.mjs";
import { phaseOf, stateOf, t } from "./strings.mjs";
import { followNumbers } from "./taking.mjs";
import { isAmong, withVariant } from "./variants.mjs";

const TRIES = 2; // beyond those that are needed, where a model repeats itself

/** @param {Pick<Parts, "page" | "api" | "host" | "chat" | "editor" | "taking">} parts */
export function createAsking({ page, api, host, chat, editor, taking }) {
    let line = new AbortController(); // on which the reply comes
    let stops = 0; // so often the user has had enough

    /**
     * Resolves to what came once there is a whole canvas, null where there is none. Why there is none is told.
     * @param {(state: PageState) => Question | null} questionOf
     */
    async function ask(questionOf) {
        const pending = taking.pending();
        if (pending) {
            chat.showProgress(t("asking the language model")); // the press is seen to have been heard
            await pending; // the message starts from what is seen
        }
        if (isBusy(page.state)) return null;
        const question = questionOf(page.state);
        if (question === null) {
            chat.showProgress(null);
            return null;
        }
        const id = newId();
        page.go(replyBegins, question, id);
        if (writingOf(page.state)?.isNew && chat.getMessage() === question.message) chat.setMessage("");
        editor.beginWriting();
        const { text, isWhole, doesLess } = await written(question, id);
        return (await finish(text, isWhole)) ? { doesLess } : null;
    }

    /** @param {Question} question @param {string} id */
    async function written({ before, message, begun, unlike = [], others = [] }, id) {
        chat.showProgress(t("asking the language model"));
        const sampling = chat.sampling();
        if (sampling.seed !== undefined) sampling.seed += others.length; // of several canvases each has its own
        const body = { id, rounds: forServer(before), message, begun, unlike, model: page.state.model, ...sampling };
        line = new AbortController();
        const reply = await receive(api, body, shownIn({ page, host, chat, editor }), line.signal);
        chat.showProgress(null);
        return reply;
    }

    /** @param {string} text @param {boolean} isWhole */
    async function finish(text, isWhole) {
        if (host.getCanvasText() !== page.state.text) page.go(infotextTaken, host.getCanvasText()); // just now
        const { canvas } = page.state;
        const isDone = isWhole && !writingOf(page.state)?.isStopped;
        page.go(isWhole ? replyEnds : replyFails, text); // kept first, whether or not the server still answers
        try {
            const hasCanvas = text !== "" && (await taking.reply(text));
            if (isDone && !hasCanvas) chat.tell(t("This reply holds no canvas. Continue it, retry, or say it in other words."));
            return isDone && hasCanvas;
        } finally {
            const isAnother = page.state.canvas !== canvas;
            const pasted = pastedOf(page.state);
            editor.endWriting(isAnother ? page.state.canvas : null);
            if (isAnother) host.setEnabled(true);
            page.go(replyTaken);
            if (pasted !== null) await taking.text(pasted);
        }
    }

    /** So many more canvases for the last message, no two of them the same and none that does less.
     * @param {number} count @param {() => boolean} isWanted */
    async function more(count, isWanted) {
        for (let number = 0, tries = 0; number < count && tries < count + TRIES && isWanted(); tries += 1) {
            const { conversation } = page.state;
            const came = await ask(anotherOf);
            const { canvas } = page.state;
            const isSame = canvas === null || isAmong(last(page.state.conversation)?.others ?? [], canvas);
            if (came && !isSame && !came.doesLess) {
                number += 1;
                continue;
            }
            const isEnough = !came || tries === count + TRIES - 1;
            page.go(conversationReplaced, conversation); // as it stood before this one
            await taking.lastReply();
            if (!isEnough) continue;
            if (came) chat.tell(isSame ? t("The model wrote no further canvas that differs.") : t("Further canvases did less of the message, and were left out."));
            return;
        }
    }

    return {
        /** @param {string} message @param {{generate: boolean, count: number}} how `count`: how many canvases */
        async write(message, { generate, count }) {
            const before = stops;
            const isWanted = () => stops === before;
            const came = await ask((state) => newMessage(state, message));
            if (came && count > 1) await more(count - 1, isWanted);
            if (came && generate && isWanted() && page.state.canvas !== null) host.generate();
        },
        /** Another of the last message's canvases. @param {number} variant */
        async open(variant) {
            while (taking.pending()) await taking.pending(); // an edit of the one that stands stays with it
            page.go(conversationReplaced, withVariant(page.state.conversation, variant, page.state.canvas));
            await taking.lastReply();
        },
        retry: () => ask(retried),
        /** @param {number} number @param {string} message */
        edit: (number, message) => ask((state) => reworded(state, number, message)),
        goOn: () => ask(continued),
        async stop() {
            stops += 1;
            const id = writingOf(page.state)?.id;
            page.go(replyIsStopped);
            if (id === undefined) return;
            await api.post("stop", { id }).catch((error) => {
                line.abort(error); // nobody is there to end it
                throw error;
            });
        },
    };
}

/**
 * A reply as it comes, shown in the page.
 * @param {Pick<Parts, "page" | "host" | "chat" | "editor">} parts
 * @returns {Parameters<typeof receive>[2]}
 */
function shownIn({ page, host, chat, editor }) {
    return {
        status(event) {
            chat.showDoing(phaseOf(event));
            chat.showProgress(stateOf(event), event.total > 0 ? event.done / event.total : null);
        },
        meter: (event) => chat.showMeter(event.used, event.of, event.dropped),
        written(event) {
            page.go(replyGoesOn, event.text);
            chat.showDoing("writing");
            const words = event.per_second ? t("writing: {n} tokens, {speed} a second") : t("writing: {n} tokens");
            chat.showProgress(fill(words, { n: event.tokens, speed: event.per_second.toFixed(1) }));
        },
        canvas(canvas, isChange) {
            if (isChange) followNumbers(host, page.state.canvas, canvas);
            else host.drawAll?.(); // a part was one of the canvas before
            page.go(canvasGoesOn, canvas);
            editor.showWritten(canvas, { keepHidden: isChange });
        },
        note: chat.tell,
    };
}
