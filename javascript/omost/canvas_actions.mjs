/**
 * What the user may do with the canvas as a whole: use it, send it on, keep it and take it from files and presets.
 * @import {BarAsk, Host, Page} from "./types"
 */

import { pickFile, saveFile } from "./files.mjs";
import { t } from "./strings.mjs";

/**
 * @param {object} parts
 * @param {Page} parts.page
 * @param {ReturnType<typeof import("./api.mjs").createApi>} parts.api
 * @param {Host} parts.host
 * @param {ReturnType<typeof import("./guarded.mjs").createGuard>} parts.guarded
 * @param {() => ReturnType<typeof import("./taking.mjs").createTaking>} parts.getTaking
 * @param {() => void} parts.showBar
 * @param {ReturnType<typeof import("./sight.mjs").createSight>} parts.sight
 * @returns {BarAsk}
 */
export function canvasActions({ page, api, host, guarded, getTaking, showBar, sight }) {
    function wholeCanvas() {
        if (page.state.canvas === null) throw new Error(t("There is no canvas yet: write a message or add a region."));
        return page.state.canvas;
    }

    return {
        use() {
            host.setEnabled(!host.isEnabled());
            showBar();
        },
        sendDraft: guarded(async () => host.sendDraft?.(host.getCanvasText())),
        sendCanvas: guarded(async () => host.sendCanvas?.(host.getCanvasText())),
        save: () => saveFile("omost-canvas.py", host.getCanvasText()),
        load: guarded(async () => {
            const file = await pickFile(".py,.json,.md,.txt");
            if (file) await getTaking().text(await file.text());
        }),
        readPicture: guarded(async () => {
            const file = await pickFile("image/png,image/jpeg,image/webp");
            if (file) await getTaking().canvas(await sight.read(file));
        }),
        checkPicture: guarded(async () => sight.check(wholeCanvas())),
        presets: {
            names: async () => (await api.get("presets")).names,
            keep: guarded(async (name) => api.post("presets/keep", { name, canvas: wholeCanvas() })),
            use: guarded(async (name) => getTaking().canvas((await api.post("presets/get", { name })).canvas)),
            forget: guarded(async (name) => api.post("presets/forget", { name })),
        },
    };
}
