/**
 * What survives a reload of the page, in this browser, by tab. A browser that keeps nothing is no error.
 */

/** @param {string} name of the tab; it is the same in every language */
export function createStore(name) {
    const key = `omost.${name}`;
    return {
        /** @returns {any} what was written, or something odd that another version wrote */
        read() {
            try {
                return JSON.parse(localStorage.getItem(key) ?? "null") ?? {};
            } catch {
                return {};
            }
        },
        /** @param {object} data */
        write(data) {
            try {
                localStorage.setItem(key, JSON.stringify(data));
            } catch {
                // private windows and full stores
            }
        },
    };
}
