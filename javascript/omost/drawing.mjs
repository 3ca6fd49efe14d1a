/**
 * What pictures are drawn with in a WebUI, and what became of the last one.
 * @import {ChosenModel, Parts} from "./types"
 */

import { jobEnded, jobIsPast, modelTold } from "./page_state.mjs";

const LOOKS = [500, 4000]; // milliseconds after a change in the page at which the server has heard of it

/** @param {Pick<Parts, "page" | "api" | "host">} parts */
export function createDrawing({ page, api, host }) {
    const { webui } = host;
    let shown = webui?.getCheckpoint() ?? "";
    const settings = () => JSON.stringify([host.isEnabled(), host.getSize(), host.settings(), webui?.getCheckpoint()]);
    let set = settings();

    async function refresh() {
        if (webui === null) return;
        /** @type {ChosenModel} */
        const model = await api.get("model");
        page.go(modelTold, model);
    }

    /** What cannot be asked now is asked after the next change. */
    const ask = () => void refresh().catch(() => {});

    webui?.onJobEnd((told) => {
        page.go(jobEnded, told);
        ask(); // hosts load some models only when they draw
    });
    return {
        refresh,
        /** The page has changed. */
        look() {
            if (host.isDrawing() || set !== settings()) page.go(jobIsPast);
            set = settings();
            const now = webui?.getCheckpoint() ?? "";
            if (now === shown) return;
            shown = now;
            for (const pause of LOOKS) setTimeout(ask, pause);
        },
    };
}
