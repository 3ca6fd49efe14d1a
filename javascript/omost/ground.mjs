/**
 * What the boxes lie over: the colours of their regions, the draft that is made of these, or the finished picture.
 * @import {CanvasRegion, Doc, Rect, Vocabulary} from "./types"
 */
import { element } from "./dom.mjs";
import { draftOf, paintCells } from "./paint.mjs";
import { t } from "./strings.mjs";

/** @typedef {"colours" | "draft" | "picture"} Ground */

/** @param {Vocabulary} vocabulary */
export function createGround(vocabulary) {
    const { grid } = vocabulary;
    const cells = element("canvas", { width: grid, height: grid, "aria-hidden": "true" });
    const finished = element("img", { alt: t("The picture") });
    const root = element("div", { class: "omost-ground", "data-shows": "colours" }, cells);
    const pen = /** @type {CanvasRenderingContext2D} */ (cells.getContext("2d"));
    let again = () => {};

    /** @param {Ground} ground @param {string | null} [url] of the picture */
    function show(ground, url = null) {
        if (url !== null) finished.src = url;
        root.dataset.shows = ground;
        cells.hidden = ground === "picture";
        root.replaceChildren(cells, ...(ground === "picture" ? [finished] : []));
        again();
    }

    /** @param {Doc | null} doc @param {(region: CanvasRegion) => Rect} rectOf */
    function paint(doc, rectOf) {
        again = () => paint(doc, rectOf);
        if (!doc) return pen.clearRect(0, 0, grid, grid);
        const shown = { ...doc, regions: doc.regions.filter((region) => !region.hidden) };
        const colours = paintCells(shown, vocabulary, rectOf);
        const painted = root.dataset.shows === "draft" ? draftOf(colours, grid) : colours;
        return pen.putImageData(new ImageData(painted, grid, grid), 0, 0);
    }

    return { root, paint, show };
}
