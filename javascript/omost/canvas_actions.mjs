/**
 * What the user may do with the canvas as a whole: use it, send it on, keep it and take it from files and presets.
 * @import {BarAsk, Canvas, Parts, Problem} from "./types"
 */

import { base64, pickFile, pickFiles, saveFile } from "./files.mjs";
import { requireIdle } from "./page_state.mjs";
import { t } from "./strings.mjs";

export const TAKEN = "taken"; // what keeping a preset comes to where there is one of that name
const FILES = ".py,.json,.md,.txt,image/*"; // what a file holds is found out by reading it

/**
 * @typedef {{format: string, text: string, canvas: Canvas | null, corrections: Problem[], problems: Problem[]}} Loaded
 *
 * @param {Pick<Parts, "page" | "api" | "host" | "sight"> & {guarded: ReturnType<typeof import("./guarded.mjs").createGuard>, getTaking: () => Parts["taking"], showBar: () => void, tell: (text: string) => void}} parts
 * @returns {BarAsk}
 */
export function canvasActions({ page, api, host, guarded, getTaking, showBar, sight, tell }) {
    function wholeCanvas() {
        if (page.state.canvas === null) throw new Error(t("There is no canvas yet: write a message or add a region."));
        return page.state.canvas;
    }

    const presets = async () => /** @type {string[]} */ ((await api.get("presets")).names);

    /** In the place of what there was, so that no part of it is left to draw. @param {Canvas} canvas */
    function takeAnother(canvas) {
        host.drawAll?.();
        return getTaking().canvas(canvas);
    }

    /** A canvas, a layout of another program, or a picture with coloured areas and its legend. @param {File[]} files */
    async function takeFiles(files) {
        if (files.length === 0) return undefined;
        /** @type {Loaded} */
        const { format, text, canvas, corrections, problems } = await api.post("layout", { files: await Promise.all(files.map(base64)) });
        if (format === "canvas" || canvas === null) return getTaking().text(text); // the code view shows what is wrong there
        await takeAnother(canvas);
        return tell([...problems, ...corrections].map(({ message }) => message).join("; "));
    }

    return {
        use() {
            host.setEnabled(!host.isEnabled());
            showBar();
        },
        drawAll() {
            host.drawAll?.();
            showBar();
        },
        extend: guarded(async (place) => {
            await getTaking().pending();
            const picture = await host.getPicture();
            requireIdle(page.state); // the larger canvas would take the reply's place
            await host.extend(host.getCanvasText(), place, picture);
            showBar();
        }),
        sendDraft: guarded(async () => host.sendDraft?.(host.getCanvasText())),
        sendCanvas: guarded(async () => host.sendCanvas?.(host.getCanvasText())),
        save: () => saveFile("omost-canvas.py", host.getCanvasText()),
        load: guarded(async () => takeFiles(await pickFiles(FILES, true))),
        take: guarded(takeFiles),
        readPicture: guarded(async () => {
            const file = await pickFile("image/png,image/jpeg,image/webp");
            if (file) await takeAnother(await sight.read(file));
        }),
        checkPicture: guarded(async () => sight.check(wholeCanvas())),
        presets: {
            names: presets,
            keep: guarded(async (name, isSure) => {
                const canvas = wholeCanvas();
                if (!isSure && (await presets()).some((each) => each.toLowerCase() === name.toLowerCase())) { // one file on some systems
                    tell(t("There is a preset of that name already."));
                    return TAKEN;
                }
                return api.post("presets/keep", { name, canvas });
            }),
            use: guarded(async (name) => takeAnother((await api.post("presets/get", { name })).canvas)),
            forget: guarded(async (name) => api.post("presets/forget", { name })),
        },
    };
}
