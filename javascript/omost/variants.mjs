/**
 * Several canvases for one message: the last round keeps those that are not on the page, and where among them its own
 * stands. Every function returns new data.
 * @import {Canvas, Conversation, Round, Variant} from "./types"
 */

import { last, undo } from "./conversation.mjs";

/** All of a round in the order they were written, its own among them; none where it is the only one.
 * @param {Round | null} round @returns {readonly Variant[]} */
export function variantsOf(round) {
    const others = round?.others ?? [];
    if (round === null || others.length === 0) return [];
    const place = round.place ?? others.length;
    return [...others.slice(0, place), ownOf(round, null), ...others.slice(place)];
}

/** What the next reply to the same message keeps: all there are. @param {Round} round @param {Canvas} canvas its own */
export function keptWith(round, canvas) {
    const others = round.others ?? [];
    const place = round.place ?? others.length;
    return [...others.slice(0, place), ownOf(round, canvas), ...others.slice(place)];
}

/**
 * The conversation with another variant of its last round in the place of what stands.
 * @param {Conversation} conversation @param {number} number @param {Canvas | null} canvas that stands
 * @returns {Conversation}
 */
export function withVariant(conversation, number, canvas) {
    const round = last(conversation);
    if (round === null || canvas === null || number === (round.place ?? round.others?.length ?? 0)) return conversation;
    const all = keptWith(round, canvas);
    if (number < 0 || number >= all.length) return conversation;
    const { reply, regions } = all[number];
    const others = all.filter((_, place) => place !== number);
    return { rounds: [...undo(conversation).rounds, { message: round.message, reply, regions, others, place: number }] };
}

/** The same with the variant that is this canvas; the conversation itself where none is.
 * @param {Conversation} conversation @param {Canvas} canvas @param {Canvas | null} stands */
export function withSame(conversation, canvas, stands) {
    const { others = [], place = others.length } = last(conversation) ?? {};
    const found = others.findIndex((each) => isAmong([each], canvas));
    return found < 0 ? conversation : withVariant(conversation, found < place ? found : found + 1, stands);
}

/** One line a canvas, as the server takes them beside the one on the page. @param {Conversation} conversation */
export function variantLines(conversation) {
    return (last(conversation)?.others ?? []).map(({ canvas }) => JSON.stringify(canvas)).join("\n");
}

/** Whether one of them is the same canvas. @param {readonly Variant[]} variants @param {Canvas} canvas */
export function isAmong(variants, canvas) {
    const own = inOrder(canvas);
    return variants.some((each) => inOrder(each.canvas) === own);
}

/** Whatever order its fields came in: the editor has one of its own. @param {Canvas | null} canvas */
function inOrder(canvas) {
    const isPart = (/** @type {unknown} */ value) => value instanceof Object && !Array.isArray(value);
    return JSON.stringify(canvas, (_, value) => (isPart(value) ? Object.fromEntries(Object.entries(value).sort()) : value));
}

/** @param {Round} round @param {Canvas | null} canvas @returns {Variant} */
function ownOf({ reply, regions }, canvas) {
    return { reply, regions, canvas };
}
