/**
 * Pictures that are looked at (`looking.mjs`, fetched with the first one).
 * @import {Canvas} from "./types"
 */

/** @param {Parameters<typeof import("./looking.mjs").createLooking>[0]} parts */
export function createSight(parts) {
    let hasEyes = false;
    const looking = async () => (await import("./looking.mjs")).createLooking(parts);
    return {
        /** The canvas of a picture. @param {Blob} picture @returns {Promise<Canvas>} */
        read: async (picture) => (await looking()).read(picture),
        /** @param {Canvas} canvas */
        check: async (canvas) => (await looking()).check(canvas, hasEyes),
        /** Whether there is a server whose models may see. @param {boolean} isThere */
        setEyes: (isThere) => void (hasEyes = isThere),
    };
}
