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
    let measured = chosen(); // what the last measuring went by

    function chosen() {
        const { literal, style } = host.settings();
        return { literal, style };
    }

    /** What is asked along with a canvas. */
    function how() {
        measured = chosen();
        return measured;
    }

    return {
        how,
        /** Signs in the texts may mean something else by now, or the texts be worded otherwise. */
        async anew() {
            const { canvas } = page.state;
            const { literal, style } = chosen();
            if (canvas === null || (literal === measured.literal && style === measured.style)) return;
            /** @type {Size} */
            const size = await api.post("write", { canvas, ...how() });
            if (page.state.canvas === canvas) bar.showSize(size);
        },
    };
}
