/**
 * A conversation as plain data: finished rounds `{message, reply, regions}`, oldest first. Every function returns a
 * new one. `regions` are short lines about the reply's canvas, null where it has none.
 * @import {Canvas, Conversation, RegionLine, Round, Variant} from "./types"
 */

/** @type {Conversation} */
export const EMPTY = Object.freeze({ rounds: [] });

export const MOST_VARIANTS = 8; // canvases for one message, as the server takes them
const CENTRED = "no offset"; // in the words of the canvas: nothing to be told

/** The message that stands for a canvas that nobody wrote a message for. */
const DRAWN = "Here is the canvas of my picture.";

/**
 * @param {Conversation} conversation @param {string} message @param {string} reply @param {readonly RegionLine[] | null} regions
 * @param {readonly Variant[]} [others] canvases for the same message @returns {Conversation}
 */
export function answer(conversation, message, reply, regions, others = []) {
    const round = { message, reply, regions };
    return { rounds: [...conversation.rounds, others.length ? { ...round, others, place: others.length } : round] };
}

/** Without its last round. @param {Conversation} conversation @returns {Conversation} */
export function undo(conversation) {
    return { rounds: conversation.rounds.slice(0, -1) };
}

/** Up to round `number`: what comes before a message that is asked again in other words.
 * @param {Conversation} conversation @param {number} number @returns {Conversation} */
export function before(conversation, number) {
    return { rounds: conversation.rounds.slice(0, number) };
}

/** @param {Conversation} conversation @returns {Round | null} */
export function last(conversation) {
    return conversation.rounds.at(-1) ?? null;
}

/** Whether the canvas of a round came from no message: there is nothing to ask again. @param {Round | null} round */
export function isDrawn(round) {
    return round?.message === DRAWN;
}

/** Whether a reply ended before its code did, or before it said a canvas: there is something to go on with. @param {Round | null} round */
export function isCut(round) {
    if (round === null || isDrawn(round)) return false;
    const code = round.reply.indexOf("```");
    return code < 0 ? !round.regions?.length : !/^[ \t]*```[ \t]*$/m.test(round.reply.slice(code + 3));
}

/**
 * With the canvas that the user sees as the last reply, so that the next message starts from it. Words around the
 * code go when they were about another canvas. Of several canvases the others stay beside one that was edited.
 * @param {Conversation} conversation @param {string} code @param {readonly RegionLine[]} regions
 * @param {{isEdit?: boolean}} [options] @returns {Conversation}
 */
export function withCanvas(conversation, code, regions, { isEdit = false } = {}) {
    const reply = "```python\n" + code.trim() + "\n```";
    const round = last(conversation);
    if (round === null) return { rounds: [{ message: DRAWN, reply, regions }] };
    if (standsAfter(round) === code.trim()) return conversation;
    const { code: _, others, place, ...rest } = round;
    const kept = isEdit && others ? { ...rest, others, place } : rest;
    return { rounds: [...conversation.rounds.slice(0, -1), { ...kept, reply, regions }] };
}

/**
 * Knowing that the canvas that stands after its last round is this one; the reply stays as it was written.
 * @param {Conversation} conversation @param {string | null} code @returns {Conversation}
 */
export function standing(conversation, code) {
    const [round, own] = [last(conversation), code?.trim()];
    if (round === null || own === undefined || standsAfter(round) === own) return conversation;
    return { rounds: [...conversation.rounds.slice(0, -1), { ...round, code: own }] };
}

/** The code of the canvas that stood after a round; null when that is not known.
 * @param {Round | null} round */
export function standsAfter(round) {
    if (round === null) return null;
    return round.code ?? /^```python\n([^]*)\n```$/.exec(round.reply)?.[1] ?? null;
}

/** What a reply says around its code, in one or two paragraphs; "" where it holds no code. @param {string} reply */
export function wordsOfReply(reply) {
    const code = reply.indexOf("```");
    if (code < 0) return "";
    const behind = /^```$\n*([^]*)/m.exec(reply.slice(code + 3))?.[1] ?? ""; // of code that ends
    return [reply.slice(0, code), behind].map((words) => words.trim()).filter(Boolean).join("\n\n");
}

/** As the server takes it. @param {Conversation} conversation */
export function forServer(conversation) {
    return conversation.rounds.map(({ message, reply }) => ({ message, reply }));
}

/** One line a region: what, where; the nearest first. @param {Canvas | null} canvas @returns {RegionLine[]} */
export function regionLines(canvas) {
    return [...(canvas?.regions ?? [])]
        .sort((one, other) => one.distance_to_viewer - other.distance_to_viewer)
        .map(({ description, location, offset, color_name }) => ({
            name: description, place: location, ...(offset === CENTRED ? {} : { offset }), color: color_name,
        }));
}

/** What was kept in the browser, or an empty conversation when it is none. @param {any} data @returns {Conversation} */
export function restored(data) {
    const rounds = Array.isArray(data?.rounds) ? data.rounds : [];
    if (!rounds.every(isRound)) return EMPTY;
    return { rounds: rounds.map(ownRound) };
}

/** @param {any} value @returns {value is Round} */
function isRound(value) {
    return typeof value?.message === "string" && typeof value?.reply === "string";
}

/** @param {Round} round @returns {Round} */
function ownRound({ message, reply, regions, code, others, place }) {
    const own = { message, reply, regions: regions ?? null };
    const known = typeof code === "string" ? { ...own, code } : own;
    const kept = restoredOthers(others);
    const isPlace = Number.isInteger(place) && Number(place) >= 0 && Number(place) <= kept.length;
    return kept.length ? { ...known, others: kept, place: isPlace ? place : kept.length } : known;
}

/** What was kept in the browser of a message's further canvases. @param {any} others @returns {Variant[]} */
function restoredOthers(others) {
    if (!Array.isArray(others)) return [];
    const isOne = (/** @type {any} */ each) => typeof each?.reply === "string" && Array.isArray(each.canvas?.regions);
    return others.every(isOne) ? others.slice(0, MOST_VARIANTS - 1).map(({ reply, regions, canvas }) => ({ reply, regions: regions ?? null, canvas })) : [];
}
