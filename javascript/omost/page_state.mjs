/**
 * The page's one state, and every event as a function from it and what came to the next: no page, no network.
 *
 *     a message is asked ──► replyBegins ─► replyGoesOn, canvasGoesOn, replyIsStopped ─► replyEnds or replyFails
 *                              ─► replyRead ─► codeCame ─► replyTaken
 *     preset, file ─────────► canvasTaken ─► codeCame     editor ─► editTaken ─► codeCame
 *     code, file, infotext ─► textTaken ─► textRead ─► codeHeld
 *     the chat's buttons ───► conversationReplaced        the list of models ─► modelChosen
 *     the host ─────────────► modelTold, jobEnded, jobIsPast
 *
 * What a server says about a canvas or a text counts only while that is still the one on the page.
 * @import {Canvas, ChosenModel, Conversation, Idle, Kept, PageState, Question, Round, Taking, Told, Writing} from "./types"
 */

import { keptWith, withSame } from "./variants.mjs";
import { answer, before, isDrawn, last, regionLines, restored, standing, standsAfter, undo, withCanvas } from "./conversation.mjs";
import { t } from "./strings.mjs";

/** @type {readonly Told[]} */
const NOTHING_TOLD = Object.freeze([]);

/** Something was asked of the page that cannot be done while a reply is written. */
export class Busy extends Error {
    constructor() {
        super(t("A canvas is being written: wait for its end, or stop it."));
    }
}

/** What the page begins with. @param {Kept} kept in the browser @param {string} text in the host's box @returns {PageState} */
export function begun(kept, text) {
    const model = typeof kept.model === "string" ? kept.model : "";
    return Object.freeze({
        conversation: restored(kept.conversation), canvas: null, text, model, phase: idleAfter("nothing", ""),
        drawnWith: Object.freeze({ name: null, has_regions: null, reason: "" }), told: NOTHING_TOLD,
    });
}

/** The reply that is being written, null when none is. @param {PageState} state @returns {Writing | null} */
export function writingOf({ phase }) {
    return phase.name === "writing" ? phase : null;
}

/** Whether nothing can be taken in now: a reply is on its way. @param {PageState} state */
export function isBusy({ phase }) {
    return phase.name !== "idle";
}

/** A message that stands in no round: it is on its way, or got no reply. @param {PageState} state */
export function unansweredOf({ phase }) {
    if (phase.name !== "writing") return phase.unanswered;
    return phase.isNew ? phase.message : "";
}

/** A text that came into the host's box while a reply was written. @param {PageState} state */
export function pastedOf({ phase }) {
    return phase.name === "idle" ? null : phase.pasted;
}

// ---- what may be asked, or null

/** @param {PageState} state @param {string} message @returns {Question} */
export function newMessage(state, message) {
    return { before: state.conversation, message, begun: "" };
}

/** Another reply to the last message. A canvas that was drawn by hand answers none. @param {PageState} state @returns {Question | null} */
export function retried({ conversation }) {
    const round = last(conversation);
    if (round === null || isDrawn(round)) return null;
    return { before: undo(conversation), message: round.message, begun: "", unlike: repliesTo(round), others: round.others };
}

/** One more canvas for the last message, beside those that there are. @param {PageState} state @returns {Question | null} */
export function anotherOf({ conversation, canvas }) {
    const round = last(conversation);
    if (round === null || canvas === null || isDrawn(round)) return null;
    return { before: undo(conversation), message: round.message, begun: "", unlike: repliesTo(round), others: keptWith(round, canvas) };
}

/** An earlier message in other words; what came after it goes.
 * @param {PageState} state @param {number} number @param {string} message @returns {Question | null} */
export function reworded({ conversation }, number, message) {
    const round = conversation.rounds[number] ?? null;
    if (round === null || isDrawn(round)) return null;
    return { before: before(conversation, number), message, begun: "" };
}

/** The last reply, from where it ended. @param {PageState} state @returns {Question | null} */
export function continued({ conversation }) {
    const round = last(conversation);
    return round && { before: undo(conversation), message: round.message, begun: round.reply, others: round.others };
}

/** @param {Round} round */
function repliesTo({ others = [], reply }) {
    return [...others.map((each) => each.reply), reply];
}

// ---- a reply

/** @param {PageState} state @param {Question} question @param {string} id @returns {PageState} */
export function replyBegins(state, { before: rounds, message, begun: already, unlike, others }, id) {
    requireIdle(state);
    const isKnown = state.conversation.rounds[rounds.rounds.length]?.message === message;
    return next(state, {
        phase: Object.freeze({
            name: "writing", before: rounds, message, begun: already, unlike, id, text: already, canvas: null, regions: null,
            isStopped: false, isNew: !isKnown, pasted: null,
            ...(others ? { others } : {}),
        }),
    });
}

/** @param {PageState} state @param {string} text that came @returns {PageState} */
export function replyGoesOn(state, text) {
    return whileWriting(state, (phase) => ({ text: phase.text + text }));
}

/** @param {PageState} state @param {Canvas} canvas so far @returns {PageState} */
export function canvasGoesOn(state, canvas) {
    return whileWriting(state, () => ({ canvas, regions: regionLines(canvas) }));
}

/** The user wants no more of it; its end is still to come. @param {PageState} state @returns {PageState} */
export function replyIsStopped(state) {
    return whileWriting(state, () => ({ isStopped: true }));
}

/** The model has said all. @param {PageState} state @param {string} text the whole reply @returns {PageState} */
export function replyEnds(state, text) {
    return ended(state, text, "whole");
}

/** No more will come. @param {PageState} state @param {string} text what had come @returns {PageState} */
export function replyFails(state, text) {
    return ended(state, text, "failed");
}

/** The canvas that the server read in a reply that has ended. @param {PageState} state @param {Canvas} canvas @returns {PageState} */
export function replyRead(state, canvas) {
    const round = last(state.conversation);
    if (state.phase.name !== "taking" || round === null) return state;
    const { code: _, ...rest } = round; // that of the canvas before it
    const conversation = { rounds: [...undo(state.conversation).rounds, { ...rest, regions: regionLines(canvas) }] };
    return withSeen(next(state, { conversation }), canvas);
}

/** Nothing more comes of a reply that has ended: other things may be done again. @param {PageState} state @returns {PageState} */
export function replyTaken(state) {
    const { phase } = state;
    return phase.name === "taking" ? next(state, { phase: idleAfter(phase.after, phase.unanswered) }) : state;
}

/**
 * What came is kept before anything else is asked of the server, and so is its canvas as far as it came.
 * @param {PageState} state @param {string} text @param {"whole" | "failed"} how @returns {PageState}
 */
function ended(state, text, how) {
    const phase = writingOf(state);
    if (phase === null) return state;
    /** @type {Taking} */
    const taking = {
        name: "taking", after: phase.isStopped ? "stopped" : how, unanswered: !text && phase.isNew ? phase.message : "", pasted: phase.pasted,
    };
    const over = next(state, { phase: Object.freeze(taking) });
    if (!text) return over;
    const rounds = answer(phase.before, phase.message, text, regionLines(phase.canvas), phase.others);
    const conversation = phase.canvas === null ? standing(rounds, standsAfter(last(state.conversation))) : rounds;
    const kept = next(over, { conversation });
    return phase.canvas === null ? kept : withSeen(kept, phase.canvas);
}

// ---- a canvas

/** From the editor, a preset, a file or a reply: a picture that is asked for at once is made from it.
 * @param {PageState} state @param {Canvas} canvas @returns {PageState} */
export function canvasTaken(state, canvas) {
    requireIdle(state);
    return withSeen(state, canvas);
}

/** An edit. One that undoes the opening of another variant opens the one before. @param {PageState} state @param {Canvas} canvas @returns {PageState} */
export function editTaken(state, canvas) {
    requireIdle(state);
    return withSeen(next(state, { conversation: withSame(state.conversation, canvas, state.canvas) }), canvas);
}

/**
 * @param {PageState} state @param {Canvas} canvas @param {{code: string}} written of it
 * @param {{isHeld?: boolean, isEdit?: boolean}} [options] `isHeld`: it comes from the conversation
 * @returns {PageState}
 */
export function codeCame(state, canvas, { code }, options = {}) {
    if (state.canvas !== canvas || writingOf(state)) return state;
    return codeHeld(next(state, { text: code }), canvas, code, options);
}

/**
 * The conversation holds what is seen.
 * @param {PageState} state @param {Canvas} canvas @param {string} code @param {{isHeld?: boolean, isEdit?: boolean}} [options] @returns {PageState}
 */
export function codeHeld(state, canvas, code, { isHeld = false, isEdit = false } = {}) {
    if (state.canvas !== canvas || writingOf(state)) return state;
    const { conversation } = state;
    return next(state, { conversation: isHeld ? standing(conversation, code) : withCanvas(conversation, code, regionLines(canvas), { isEdit }) });
}

// ---- a text

/** From the code view or a file. @param {PageState} state @param {string} text @returns {PageState} */
export function textTaken(state, text) {
    requireIdle(state);
    return next(jobIsPast(state), { text });
}

/** The host put another text into its box; one that comes while a reply is written is taken after it.
 * @param {PageState} state @param {string} text @returns {PageState} */
export function infotextTaken(state, text) {
    const { phase } = state;
    return next(jobIsPast(state), phase.name === "idle" ? { text } : { text, phase: Object.freeze({ ...phase, pasted: text }) });
}

/** @param {PageState} state @param {string} text @param {Canvas | null} canvas what can be read of it @returns {PageState} */
export function textRead(state, text, canvas) {
    return state.text !== text || isBusy(state) ? state : next(state, { canvas });
}

// ---- the chat and its model

/** Undone, cleared or imported. @param {PageState} state @param {Conversation} conversation @returns {PageState} */
export function conversationReplaced(state, conversation) {
    requireIdle(state);
    return next(state, { conversation });
}

/** @param {PageState} state @param {string} model @returns {PageState} */
export function modelChosen(state, model) {
    return next(state, { model });
}

// ---- what pictures are drawn with

/** The model that the next picture is drawn with. @param {PageState} state @param {ChosenModel} drawnWith @returns {PageState} */
export function modelTold(state, drawnWith) {
    return next(state, { drawnWith: Object.freeze(drawnWith) });
}

/** @param {PageState} state @param {Told[]} told by the job that has ended @returns {PageState} */
export function jobEnded(state, told) {
    return next(state, { told: Object.freeze(told) });
}

/** What it told is over. @param {PageState} state @returns {PageState} */
export function jobIsPast(state) {
    return next(state, { told: NOTHING_TOLD });
}

/** Whether the last picture was refused. @param {PageState} state */
export function wasRefused({ told }) {
    return told.some((each) => each.is_refusal);
}

/** @param {PageState} state @param {Partial<PageState>} change @returns {PageState} */
function next(state, change) {
    const keys = /** @type {(keyof PageState)[]} */ (Object.keys(change));
    return keys.every((key) => state[key] === change[key]) ? state : Object.freeze({ ...state, ...change });
}

/** @param {Idle["after"]} after @param {string} unanswered @returns {Idle} */
function idleAfter(after, unanswered) {
    return Object.freeze({ name: "idle", after, unanswered });
}

/** @param {PageState} state @param {Canvas} canvas @returns {PageState} */
function withSeen(state, canvas) {
    return next(jobIsPast(state), { canvas, text: JSON.stringify(canvas) });
}

/** @param {PageState} state @param {(phase: Writing) => Partial<Writing>} change @returns {PageState} */
function whileWriting(state, change) {
    const phase = writingOf(state);
    return phase === null ? state : next(state, { phase: Object.freeze({ ...phase, ...change(phase) }) });
}

/** Raises Busy. @param {PageState} state */
export function requireIdle(state) {
    if (isBusy(state)) throw new Busy();
}
