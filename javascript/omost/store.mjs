/** What survives a reload of the page, in this browser, by tab. A browser that keeps nothing is no error. */

/** @param {string} name of the tab */
export function createStore(name) {
    const key = `omost.${name}`;
    return {
        read() {
            try {
                return JSON.parse(localStorage.getItem(key)) ?? {};
            } catch {
                return {};
            }
        },
        write(data) {
            try {
                localStorage.setItem(key, JSON.stringify(data));
            } catch {
                // private windows and full stores
            }
        },
    };
}
