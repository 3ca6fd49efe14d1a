/**
 * The conversation as a whole: taken back, begun anew, from and to files (`chat_files.mjs`).
 * @import {Conversation, Parts} from "./types"
 */

import { EMPTY, undo } from "./conversation.mjs";
import { conversationReplaced } from "./page_state.mjs";

/** @param {Pick<Parts, "page" | "api" | "chat" | "taking">} parts */
export function createHistory(parts) {
    const { page, chat, taking } = parts;
    const files = async () => (await import("./chat_files.mjs")).createChatFiles(parts);

    /** @param {Conversation} conversation */
    async function goBackTo(conversation) {
        page.go(conversationReplaced, conversation);
        await taking.lastReply();
        chat.focus();
    }

    return {
        undo: () => goBackTo(undo(page.state.conversation)),
        clear: () => goBackTo(EMPTY),
        /** @param {File} file */
        importFile: async (file) => (await files()).importFile(file),
        /** @param {"md" | "json"} form */
        exportAs: async (form) => (await files()).exportAs(form),
    };
}
