/**
 * The one place that holds the page's state.
 * @import {Page, PageState} from "./types"
 */

/**
 * @param {PageState} first
 * @param {(state: PageState, before: PageState) => void} show is called after every event that changed something
 * @returns {Page}
 */
export function createPage(first, show) {
    let state = first;
    return {
        get state() {
            return state;
        },
        go(event, ...given) {
            const before = state;
            state = event(before, ...given);
            if (state !== before) show(state, before);
        },
    };
}
