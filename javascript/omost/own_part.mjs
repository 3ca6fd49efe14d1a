/**
 * A part of a finished picture, on the program's own page: which one the next order draws, and of what.
 * @import {Host, Rect} from "./types"
 */

import { base64 } from "./files.mjs";
import { t } from "./strings.mjs";

const [NONE, MULTIPLE] = ["", 8]; // of pixels

/**
 * @param {object} parts
 * @param {ReturnType<typeof import("./api.mjs").createApi>} parts.api
 * @param {(code: string | null, size: {width: number, height: number} | null) => void} parts.set  what is drawn from now on
 */
export function createPart({ api, set }) {
    const what = { redraw: NONE, place: NONE };
    /** @type {Blob | null} */
    let old = null;

    /** @param {Blob | null} picture @returns {Blob} */
    function required(picture) {
        if (picture === null) throw new Error(t("There is no picture yet: draw one first."));
        return picture;
    }

    /** @type {Pick<Host, "redraw" | "extend" | "drawAll">} */
    const host = {
        async redraw(_text, region, picture) {
            old = required(picture);
            Object.assign(what, { redraw: String(region), place: NONE });
            set(null, null);
        },
        async extend(text, place, picture) {
            const finished = required(picture);
            const { code } = await api.post("around", { text, place });
            const { width, height } = await createImageBitmap(finished);
            old = finished;
            Object.assign(what, { redraw: NONE, place: place.join(", ") });
            set(code, { width: around(width, place[3] - place[2]), height: around(height, place[1] - place[0]) });
        },
        drawAll() {
            old = null;
            Object.assign(what, { redraw: NONE, place: NONE });
        },
    };
    return {
        host,
        what: () => ({ ...what }),
        /** What goes with the order. */
        order: async () => (old === null ? {} : { old: await base64(old) }),
    };
}

/** A side of the whole in which a picture keeps its size. @param {number} side @param {number} cells */
function around(side, cells) {
    return Math.round((side * 90) / cells / MULTIPLE) * MULTIPLE;
}
