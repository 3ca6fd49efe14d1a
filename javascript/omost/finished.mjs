/**
 * The finished picture as the page shows it, for who lays something over it or shows it elsewhere.
 * @import {Host} from "./types"
 */

import { NoneChosenError } from "./gallery.mjs";
import { t } from "./strings.mjs";

/** @param {Pick<Host, "getPicture" | "onPicture">} host */
export function createFinished(host) {
    /** @type {((url: string | null) => void)[]} */
    const watchers = [];
    /** @type {string | null} */
    let url = null;

    /** Resolves to why there is none, "" where there is one. */
    async function look() {
        let why = t("There is no picture yet: draw one first.");
        const picture = await host.getPicture().catch((error) => {
            if (error instanceof NoneChosenError) why = error.message; // else a file that is gone
            return null;
        });
        if (url !== null) URL.revokeObjectURL(url);
        url = picture && URL.createObjectURL(picture);
        for (const tell of watchers) tell(url);
        return url === null ? why : "";
    }

    host.onPicture(() => void look());
    return {
        look,
        /** @param {(url: string | null) => void} tell is called with every picture from now on */
        watch: (tell) => void watchers.push(tell),
    };
}
