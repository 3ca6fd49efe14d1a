/**
 * The finished picture as the page shows it, for who lays something over it or shows it elsewhere.
 * @import {Host} from "./types"
 */

/** @param {Pick<Host, "getPicture" | "onPicture">} host */
export function createFinished(host) {
    /** @type {((url: string | null) => void)[]} */
    const watchers = [];
    /** @type {string | null} */
    let url = null;

    /** Resolves to whether there is one. */
    async function look() {
        const picture = await host.getPicture().catch(() => null); // a file that is gone
        if (url !== null) URL.revokeObjectURL(url);
        url = picture && URL.createObjectURL(picture);
        for (const tell of watchers) tell(url);
        return url !== null;
    }

    host.onPicture(() => void look());
    return {
        look,
        /** @param {(url: string | null) => void} tell is called with every picture from now on */
        watch: (tell) => void watchers.push(tell),
    };
}
