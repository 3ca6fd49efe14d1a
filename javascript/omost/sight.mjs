/**
 * Pictures that a model of the server looks at: opened as a canvas, or compared with the one they were drawn from.
 * @import {Canvas, Host, Page} from "./types"
 */

import { fill } from "./dom.mjs";
import { base64 } from "./files.mjs";
import { t } from "./strings.mjs";

/** @typedef {{number: number, seen: string, change: string}} Amiss a region by number, and what is seen in its place */

/**
 * @param {object} parts
 * @param {Page} parts.page
 * @param {ReturnType<typeof import("./api.mjs").createApi>} parts.api
 * @param {Pick<Host, "getPicture">} parts.host
 * @param {Pick<ReturnType<typeof import("./chat.mjs").createChat>, "showProgress" | "tell" | "offer">} parts.chat
 */
export function createSight({ page, api, host, chat }) {
    /** The one event that a look ends with. @param {string} path @param {Blob} picture @param {object} [more] */
    async function look(path, picture, more = {}) {
        const id = crypto.randomUUID?.() ?? String(Math.random()).slice(2) + Date.now();
        /** @type {any} */
        let last = null;
        chat.tell("");
        chat.showProgress(t("looking at the picture"));
        try {
            const body = { id, picture: await base64(picture), model: page.state.model, ...more };
            await api.follow(path, body, (event) => void (last = event));
        } finally {
            chat.showProgress(null);
        }
        if (last === null) throw new Error(t("The look at the picture has no end: try again."));
        if (last.type === "failed") throw new Error([last.message, last.hint].filter(Boolean).join(": "));
        return last;
    }

    return {
        /** The canvas of a picture. @param {Blob} picture @returns {Promise<Canvas>} */
        read: async (picture) => (await look("sight/read", picture)).canvas_json,
        /** @param {Canvas} canvas */
        async check(canvas) {
            const picture = await host.getPicture();
            if (picture === null) throw new Error(t("There is no picture yet: draw one first."));
            const { amiss, message } = await look("sight/check", picture, { canvas });
            if (amiss.length === 0) chat.tell(t("The picture shows what the canvas says."));
            else chat.offer(sentence(canvas, amiss), message);
        },
    };
}

/** What is not as it should be. @param {Canvas} canvas @param {Amiss[]} amiss */
export function sentence(canvas, amiss) {
    const each = amiss.map(({ number, seen }) => {
        const name = canvas.regions[number - 1]?.description.replace(/[.]$/, "") || t("a region without a name");
        return seen ? `${name} (${seen})` : name;
    });
    return fill(t("Not as the canvas says: {regions}. This may mend it:"), { regions: each.join("; ") });
}
