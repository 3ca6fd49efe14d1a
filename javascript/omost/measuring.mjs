/**
 * How long the canvas's texts are, by the server that knows the text encoder.
 * @import {Host, Parts, Size} from "./types"
 */

/** @param {Pick<Parts, "page" | "api"> & {host: Pick<Host, "settings">, bar: Pick<Parts["bar"], "showSize">}} parts */
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
