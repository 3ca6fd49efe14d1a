/**
 * The conversation from and to files: fetched when the first one is wanted.
 * @import {Parts, Round} from "./types"
 */

import { MOST_VARIANTS, forServer, regionLines, restored } from "./conversation.mjs";
import { saveFile } from "./files.mjs";
import { conversationReplaced } from "./page_state.mjs";
import { t } from "./strings.mjs";

/** @param {Pick<Parts, "page" | "api" | "chat" | "taking">} parts */
export function createChatFiles({ page, api, chat, taking }) {
    /** @param {Round} round @param {{others?: unknown, place?: number}} [beside] as the file has it */
    async function withRegions(round, { others, place } = {}) {
        const replies = Array.isArray(others) ? others.filter((each) => typeof each === "string").slice(0, MOST_VARIANTS - 1) : [];
        const [own, ...more] = await Promise.all([round.reply, ...replies].map((text) => api.post("read", { text })));
        const kept = more.map(({ canvas }, number) => ({ reply: replies[number], regions: regionLines(canvas), canvas }));
        return { ...round, regions: regionLines(own.canvas), others: kept.filter(({ canvas }) => canvas !== null), place };
    }

    return {
        /** A message that waits for its reply goes into the box, before what stands there. @param {File} file */
        async importFile(file) {
            const text = await file.text();
            const { rounds, pending } = await api.post("history/read", { text });
            const beside = text.trimStart().startsWith("{") ? JSON.parse(text).rounds : []; // the server has read as much
            const read = rounds.map((/** @type {Round} */ round, /** @type {number} */ number) => withRegions(round, beside[number]));
            page.go(conversationReplaced, restored({ rounds: await Promise.all(read) }));
            if (pending) chat.setMessage([pending, chat.getMessage()].filter(Boolean).join("\n\n"));
            await taking.lastReply();
        },
        /** @param {"md" | "json"} form */
        async exportAs(form) {
            await taking.pending(); // what is seen goes along
            const { conversation } = page.state;
            const { text } = await api.post("history/write", { rounds: forServer(conversation), form });
            const hasOthers = conversation.rounds.some(({ others }) => others?.length);
            saveFile(`omost-chat.${form}`, hasOthers && form === "json" ? withOthers(text, conversation.rounds) : text);
            if (hasOthers && form === "md") chat.tell(t("Other variants are in no Markdown file: export the chat as JSON to keep them."));
        },
    };
}

/** With the other replies to each message, which the server passes over. @param {string} text of a JSON file @param {readonly Round[]} rounds */
function withOthers(text, rounds) {
    const data = JSON.parse(text);
    for (const [number, { others, place }] of rounds.entries())
        if (others?.length) Object.assign(data.rounds[number], { others: others.map(({ reply }) => reply), place });
    return JSON.stringify(data, null, 2) + "\n";
}
