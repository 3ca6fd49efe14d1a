/**
 * Pictures that are looked at: opened as a canvas, or compared with the one they were drawn from. A model of the server
 * has eyes for that; without one the host may compare what it can tell by itself.
 * @import {Amiss, Canvas, Checked, Host, Parts} from "./types"
 */

import { newId } from "./api.mjs";
import { fill } from "./dom.mjs";
import { base64 } from "./files.mjs";
import { t, translated } from "./strings.mjs";

/** @param {Pick<Parts, "page" | "api"> & {host: Pick<Host, "getPicture" | "compare">, chat: Pick<Parts["chat"], "showProgress" | "tell" | "offer">}} parts */
export function createLooking({ page, api, host, chat }) {
    /** The one event that a look ends with. @param {string} path @param {Blob} picture @param {object} [more] */
    async function look(path, picture, more = {}) {
        const id = newId();
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
        /** @param {Canvas} canvas @param {boolean} hasEyes whether there is a server whose models may see */
        async check(canvas, hasEyes) {
            const picture = await host.getPicture();
            if (picture === null) throw new Error(t("There is no picture yet: draw one first."));
            /** @type {Checked} */
            const { amiss, message } = hasEyes || host.compare === null ? await look("sight/check", picture, { canvas }) : await host.compare(picture, canvas);
            if (amiss.length === 0) chat.tell(t("The picture shows what the canvas says."));
            else if (message) chat.offer(sentence(canvas, amiss) + " " + t("This may mend it:"), message);
            else chat.tell(sentence(canvas, amiss) + " " + t("Another seed may mend it."));
        },
    };
}

/** What is not as it should be. @param {Canvas} canvas @param {Amiss[]} amiss */
export function sentence(canvas, amiss) {
    const each = amiss.map(({ number, seen }) => {
        const name = canvas.regions[number - 1]?.description.replace(/[.]$/, "") || t("a region without a name");
        return seen ? `${name} (${translated(seen)})` : name;
    });
    return fill(t("Not as the canvas says: {regions}."), { regions: each.join("; ") });
}
