/**
 * How long the canvas's texts are, by the server that knows the text encoder.
 * @import {Host, Page, Size} from "./types"
 */

/**
 * @param {object} parts
 * @param {Page} parts.page
 * @param {ReturnType<typeof import("./api.mjs").createApi>} parts.api
 * @param {Pick<Host, "settings">} parts.host
 * @param {Pick<ReturnType<typeof import("./bar.mjs").createBar>, "showSize">} parts.bar
 */
export function createMeasuring({ page, api, host, bar }) {
    let isLiteral = host.settings().literal; // as it was measured

    /** What is asked along with a canvas. */
    function how() {
        isLiteral = host.settings().literal;
        return { literal: isLiteral };
    }

    return {
        how,
        /** Signs in the texts may mean something else by now. */
        async anew() {
            const { canvas } = page.state;
            if (host.settings().literal === isLiteral || canvas === null) return;
            /** @type {Size} */
            const size = await api.post("write", { canvas, ...how() });
            if (page.state.canvas === canvas) bar.showSize(size);
        },
    };
}
