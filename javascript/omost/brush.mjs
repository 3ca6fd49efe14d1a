/**
 * The brush and the eraser: they paint the selected region's mask on the picture. How they do is fetched once a region is
 * selected, which is when they can be taken.
 * @import {Geometry, Region, StageActions, View} from "./types"
 */
import { createBrushBar } from "./brush_bar.mjs";
import { regionOf } from "./canvas_state.mjs";

/**
 * @param {object} parts
 * @param {HTMLElement} parts.picture
 * @param {Geometry} parts.geometry
 * @param {StageActions} parts.actions
 * @param {() => View} parts.getView
 * @param {(id: number) => void} parts.focus
 */
export function createBrush({ picture, geometry, actions, getView, focus }) {
    /** @type {ReturnType<typeof import("./painter.mjs").createPainter> | null} */
    let painter = null;
    const bar = createBrushBar({
        use: async (tool) => (await painting()).use(tool),
        resized: () => painter?.showTip(),
        load: async () => (await import("./mask_picture.mjs")).loadMask({ grid: geometry.grid, target, actions, tell: bar.tell }),
        clear: () => unshape(target()),
    });

    async function painting() {
        const { createPainter } = await import("./painter.mjs");
        return (painter ??= createPainter({ picture, geometry, actions, target, focus, bar }));
    }

    /** The region that is painted, null where nothing can be. @returns {Region | null} */
    function target() {
        const { doc, selected, locked } = getView();
        return locked ? null : regionOf(doc, selected);
    }

    /** @param {Region | null} region */
    function unshape(region) {
        if (region) actions.unshape(region.id);
    }

    function update() {
        if (painter) return painter.update();
        bar.update({ tool: null, region: target() });
        if (target()) void painting().catch(() => {}); // the click asks again, and says what is wrong
    }

    return {
        root: bar.root,
        toggles: bar.toggles,
        update,
        /** Whether a key was the brush's. @param {KeyboardEvent} event */
        onKey: (event) => painter?.onKey(event) ?? false,
        cancel: () => painter?.cancel(), // what moves on paints no more
    };
}
