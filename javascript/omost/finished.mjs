/**
 * The finished picture as the page shows it, for who lays something over it or shows it elsewhere.
 * @import {Host} from "./types"
 */

import { t } from "./strings.mjs";

/** The grid of several pictures stands open, so none of them is chosen. */
export class NoneChosenError extends Error {}

/** @typedef {{url: string | null, why: string, isGrid: boolean}} Seen  why there is no picture, "" where there is one */

/** @param {Pick<Host, "getPicture" | "onPicture">} host */
export function createFinished(host) {
    /** @type {((seen: Seen) => void)[]} */
    const watchers = [];
    /** @type {string | null} */
    let url = null;

    /** Tells the watchers what there is. */
    async function look() {
        let grid = "";
        const picture = await host.getPicture().catch((error) => {
            if (error instanceof NoneChosenError) grid = error.message; // else a file that is gone
            return null;
        });
        if (url !== null) URL.revokeObjectURL(url);
        url = picture && URL.createObjectURL(picture);
        const why = url === null ? grid || t("There is no picture yet: draw one first.") : "";
        for (const tell of watchers) tell({ url, why, isGrid: grid !== "" });
    }

    host.onPicture(() => void look());
    return {
        look,
        /** Where there was none. */
        lookAgain: () => void (url ?? look()),
        /** @param {(seen: Seen) => void} tell is called with every picture from now on */
        watch: (tell) => void watchers.push(tell),
    };
}
