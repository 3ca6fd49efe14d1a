/**
 * A conversation as plain data: finished rounds `{message, reply, regions}`, oldest first. Every function returns a
 * new one. `regions` are short lines about the reply's canvas, null where it has none.
 */

export const EMPTY = Object.freeze({ rounds: [] });

/** The message that stands for a canvas that nobody wrote a message for. */
const DRAWN = "Here is the canvas of my picture.";

export function answer(conversation, message, reply, regions) {
    return { rounds: [...conversation.rounds, { message, reply, regions }] };
}

/** Without its last round. */
export function undo(conversation) {
    return { rounds: conversation.rounds.slice(0, -1) };
}

/** Up to round `number`: what comes before a message that is asked again in other words. */
export function before(conversation, number) {
    return { rounds: conversation.rounds.slice(0, number) };
}

export function last(conversation) {
    return conversation.rounds.at(-1) ?? null;
}

/**
 * With the canvas that the user sees as the last reply, so that the next message starts from it. Words around the
 * code go: they were about another canvas.
 */
export function withCanvas(conversation, code, regions) {
    const reply = "```python\n" + code.trim() + "\n```";
    const round = last(conversation);
    if (round === null) return { rounds: [{ message: DRAWN, reply, regions }] };
    if (round.reply === reply) return conversation;
    return { rounds: [...conversation.rounds.slice(0, -1), { ...round, reply, regions }] };
}

/** As the server takes it. */
export function forServer(conversation) {
    return conversation.rounds.map(({ message, reply }) => ({ message, reply }));
}

/** One line a region: what, where; the nearest first. */
export function regionLines(canvas) {
    return [...(canvas?.regions ?? [])]
        .sort((one, other) => one.distance_to_viewer - other.distance_to_viewer)
        .map((region) => ({ name: region.description, place: region.location, color: region.color_name }));
}

/** What was kept in the browser, or an empty conversation when it is none. */
export function restored(data) {
    const rounds = Array.isArray(data?.rounds) ? data.rounds : [];
    const isRound = (each) => typeof each?.message === "string" && typeof each?.reply === "string";
    if (!rounds.every(isRound)) return EMPTY;
    return { rounds: rounds.map(({ message, reply, regions }) => ({ message, reply, regions: regions ?? null })) };
}
