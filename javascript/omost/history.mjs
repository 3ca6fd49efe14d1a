/**
 * The conversation as a whole: taken back, begun anew, from and to files.
 * @import {Page, Round} from "./types"
 */

import { EMPTY, forServer, regionLines, restored, undo } from "./conversation.mjs";
import { saveFile } from "./files.mjs";
import { conversationReplaced } from "./page_state.mjs";

/**
 * @param {object} parts
 * @param {Page} parts.page
 * @param {ReturnType<typeof import("./api.mjs").createApi>} parts.api
 * @param {ReturnType<typeof import("./chat.mjs").createChat>} parts.chat
 * @param {ReturnType<typeof import("./taking.mjs").createTaking>} parts.taking
 */
export function createHistory({ page, api, chat, taking }) {
    /** @param {Round[]} rounds */
    async function withRegions(rounds) {
        const read = await Promise.all(rounds.map((round) => api.post("read", { text: round.reply })));
        return rounds.map((round, number) => ({ ...round, regions: regionLines(read[number].canvas) }));
    }

    return {
        async undo() {
            page.go(conversationReplaced, undo(page.state.conversation));
            await taking.lastReply();
            chat.focus();
        },
        async clear() {
            page.go(conversationReplaced, EMPTY);
            await taking.lastReply();
            chat.focus();
        },
        /** A message that waits for its reply goes into the box, before what stands there. @param {File} file */
        async importFile(file) {
            const { rounds, pending } = await api.post("history/read", { text: await file.text() });
            page.go(conversationReplaced, restored({ rounds: await withRegions(rounds) }));
            if (pending) chat.setMessage([pending, chat.getMessage()].filter(Boolean).join("\n\n"));
            await taking.lastReply();
        },
        /** @param {"md" | "json"} form */
        async exportAs(form) {
            await taking.pending(); // what is seen goes along
            const { text } = await api.post("history/write", { rounds: forServer(page.state.conversation), form });
            saveFile(`omost-chat.${form}`, text);
        },
    };
}
