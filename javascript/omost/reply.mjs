/**
 * One reply as it comes: the server's events, told to who shows them, and what there is in the end.
 * @import {Api, ReplyShow, ReplyText} from "./types"
 */

import { wordsOf } from "./guarded.mjs";

/**
 * @param {Pick<Api, "follow">} api
 * @param {{begun: string}} body of the message, with its `id`
 * @param {ReplyShow} show
 * @param {AbortSignal} [signal] breaks it off
 * @returns {Promise<{text: string, isWhole: boolean, doesLess: boolean}>} the reply, "" when there is none; not whole
 *     when it failed or broke off, and then `note` has said why; `doesLess` of the message than the one it is unlike
 */
export async function receive(api, body, show, signal) {
    let text = body.begun;
    let isWhole = false;
    let doesLess = false;
    /** @type {Record<string, (event: any) => void>} */
    const hear = {
        status: show.status,
        meter: show.meter,
        /** @param {ReplyText} event */
        written(event) {
            text += event.text;
            show.written(event);
        },
        canvas: (event) => show.canvas(event.canvas_json, event.is_change),
        note: (event) => show.note(event.text),
        end(event) {
            text = event.reply;
            isWhole = true;
            doesLess = event.does_less === true;
        },
        failed(event) {
            text = event.reply;
            show.note([event.message, event.hint].filter(Boolean).join(": "));
        },
    };
    try {
        await api.follow("chat", body, (event) => hear[event.type]?.(event), signal);
    } catch (error) {
        show.note(wordsOf(error));
    }
    return { text: text.trim(), isWhole, doesLess };
}
