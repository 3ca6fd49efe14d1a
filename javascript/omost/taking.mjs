/**
 * What is taken in, from wherever it comes, becomes what the user sees, what the next picture is made from, and what the
 * next message starts from: the events of `page_state.mjs` with what the server and the editor do for them.
 * @import {Canvas, Host, Parts, Problem, Size} from "./types"
 */

import { createMeasuring } from "./measuring.mjs";
import { canvasTaken, codeCame, codeHeld, editTaken, infotextTaken, isBusy, replyRead, textRead, textTaken, writingOf } from "./page_state.mjs";

/**
 * @typedef {{code: string} & Size} Written
 * @typedef {{canvas: Canvas | null, corrections: Problem[], problems: Problem[]} & Size} Read
 */

/** @type {Read} */
const NOTHING = { canvas: null, corrections: [], problems: [], bags: null, tokens: null, limit: null, estimate: "" };

/** @param {Pick<Parts, "page" | "api" | "host" | "editor" | "bar">} parts */
export function createTaking({ page, api, host, editor, bar }) {
    /** @type {Set<Promise<unknown>>} */
    const pending = new Set();
    const measuring = createMeasuring({ page, api, host, bar });

    /** `isHeld`: the conversation has it already. @param {Canvas} canvas @param {{isHeld?: boolean, isEdit?: boolean}} [options] */
    async function follow(canvas, options = {}) {
        const { text } = page.state;
        /** @type {Written} */
        let written;
        try {
            written = await api.post("write", { canvas, ...measuring.how() });
        } catch (error) {
            if (page.state.canvas === canvas) editor.setCode(page.state.text); // JSON, which hosts read as well
            throw error;
        }
        if (page.state.canvas !== canvas || page.state.text !== text || writingOf(page.state)) return; // a newer one has come
        page.go(codeCame, canvas, written, options);
        editor.setCode(written.code);
        bar.showSize(written);
    }

    /** A preset or a file. @param {Canvas} canvas @param {{keepHidden?: boolean}} [options] as of the editor */
    async function takeCanvas(canvas, options) {
        page.go(canvasTaken, canvas);
        editor.setCanvas(canvas, options);
        await follow(canvas);
    }

    /** An edit. @param {Canvas | null} canvas */
    async function takeEdit(canvas) {
        if (canvas === null) return takeText("");
        const { conversation, canvas: before } = page.state;
        if (before !== null) followNumbers(host, before, canvas);
        page.go(editTaken, canvas);
        return follow(canvas, page.state.conversation === conversation ? { isEdit: true } : { isHeld: true });
    }

    /** Code from the code view or a file: the host gets it as it is, the editor what can be read of it. @param {string} text */
    async function takeText(text) {
        const { canvas } = page.state;
        page.go(textTaken, text);
        await readText(text);
        if (canvas !== null) followNumbers(host, canvas, page.state.canvas);
    }

    /** The host has another text in its box. @param {string} text */
    async function takeInfotext(text) {
        page.go(infotextTaken, text);
        if (!isBusy(page.state)) await readText(text);
    }

    /** @param {string} text that the page has */
    async function readText(text) {
        /** @type {Read} */
        const read = text.trim() ? await api.post("read", { text, ...measuring.how() }) : NOTHING;
        if (page.state.text !== text || isBusy(page.state)) return undefined;
        const { canvas } = read;
        if (canvas !== null && text.trimStart().startsWith("{")) return takeCanvas(canvas, { keepHidden: true }); // JSON becomes code
        page.go(textRead, text, canvas);
        editor.setCode(text, [...read.problems, ...read.corrections]);
        bar.showSize(read);
        if (canvas !== null || !text.trim()) editor.setCanvas(canvas, { keepHidden: true });
        if (canvas === null) return undefined;
        const { code } = await api.post("write", { canvas });
        return page.go(codeHeld, canvas, code);
    }

    /** A reply that has ended; resolves to whether there is a canvas in it. @param {string} reply */
    async function takeReply(reply) {
        /** @type {Read} */
        const { canvas } = await api.post("read", { text: reply });
        if (canvas === null) return false;
        page.go(replyRead, canvas);
        await follow(canvas, { isHeld: true });
        return true;
    }

    /** What the user sees follows a conversation that was changed; without a canvas pictures are drawn without Omost. */
    async function takeLastReply() {
        const { conversation } = page.state;
        for (const { reply } of [...conversation.rounds].reverse()) {
            /** @type {Read} */
            const { canvas } = await api.post("read", { text: reply });
            if (page.state.conversation !== conversation) return undefined;
            if (canvas === null) continue;
            followNumbers(host, page.state.canvas, canvas);
            page.go(canvasTaken, canvas);
            editor.setCanvas(canvas);
            return follow(canvas, { isHeld: true });
        }
        host.setEnabled(false);
        return takeText("");
    }

    /**
     * The same, waited for by the next message.
     * @template {unknown[]} Given @template Result
     * @param {(...given: Given) => Promise<Result>} take @returns {(...given: Given) => Promise<Result>}
     */
    function awaited(take) {
        return (...given) => {
            const task = take(...given);
            const ended = task.then(() => {}, () => {}).then(() => void pending.delete(ended));
            pending.add(ended);
            return task;
        };
    }

    return {
        canvas: awaited(takeCanvas), edit: awaited(takeEdit), text: awaited(takeText), infotext: awaited(takeInfotext),
        lastReply: awaited(takeLastReply), reply: takeReply, measureAnew: measuring.anew,
        /** What is still being taken in; null when the page has all that was given to it. */
        pending: () => (pending.size === 0 ? null : Promise.all(pending)),
    };
}

/**
 * All of the picture is drawn again where a number is another region's by now.
 * @param {Pick<Host, "settings" | "drawAll">} host @param {Canvas | null} before @param {Canvas | null} after
 */
export function followNumbers(host, before, after) {
    const { redraw } = host.settings();
    const numbers = redraw ? redraw.split(",").map(Number) : []; // a region's name goes with it
    if (numbers.some((number) => number > 0 && !isSame(before, after, number - 1))) host.drawAll?.();
}

/** Whether a region is as it was, or the only one that is not; how near it is does not count.
 * @param {Canvas | null} before @param {Canvas | null} after @param {number} at */
function isSame(before, after, at) {
    const [old, now] = [before, after].map((canvas) => canvas?.regions.map((region) => JSON.stringify({ ...region, distance_to_viewer: 0 })) ?? []);
    if (now[at] === undefined || old[at] === now[at]) return now[at] !== undefined;
    return old.length === now.length && old.every((each, place) => place === at || each === now[place]);
}
