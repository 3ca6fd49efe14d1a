/** One reply as it comes: the server's events, told to who shows them, and what there is in the end. */

/**
 * @param {ReturnType<import("./api.mjs").createApi>} api
 * @param {object} body of the message, with its `id`
 * @param {object} show status(event), meter(event), written(event), canvas(canvas), note(text): what came
 * @returns {Promise<{text: string, isWhole: boolean}>} the reply, "" when there is none; not whole when it failed or
 *     broke off, and then `note` has said why
 */
export async function receive(api, body, show) {
    let text = body.begun;
    let isWhole = false;
    const hear = {
        status: show.status,
        meter: show.meter,
        written(event) {
            text += event.text;
            show.written(event);
        },
        canvas: (event) => show.canvas(event.canvas_json),
        note: (event) => show.note(event.text),
        end(event) {
            text = event.reply;
            isWhole = true;
        },
        failed(event) {
            text = event.reply;
            show.note([event.message, event.hint].filter(Boolean).join(": "));
        },
    };
    try {
        await api.follow("chat", body, (event) => hear[event.type]?.(event));
    } catch (error) {
        show.note(error.message);
    }
    return { text: text.trim(), isWhole };
}
