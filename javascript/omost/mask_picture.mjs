/**
 * A picture as a region's mask.
 * @import {Region, StageActions} from "./types"
 */
import { pickFile } from "./files.mjs";
import { t } from "./strings.mjs";

/**
 * @param {object} parts
 * @param {number} parts.grid
 * @param {() => Region | null} parts.target
 * @param {StageActions} parts.actions
 * @param {(text: string) => void} parts.tell
 */
export async function loadMask({ grid, target, actions, tell }) {
    const region = target();
    const file = region && (await pickFile("image/*"));
    const cells = file && (await cellsOfPicture(file, grid).catch(() => null));
    if (!file || target()?.id !== region.id) return;
    if (cells === null) return tell(t("This is no picture that can be read."));
    if (!cells.some(Boolean)) return tell(t("This picture is dark all over: what is white in it, or opaque, becomes the region."));
    actions.shape(region.id, cells, false);
    tell("");
}

/** Which cells a picture of one pixel a cell means: what is opaque, and without anything clear what is light.
 * @param {Uint8ClampedArray} pixels red, green, blue and alpha of each */
export function cellsOfPixels(pixels) {
    const count = pixels.length / 4;
    const isClear = Array.from({ length: count }, (_, at) => pixels[4 * at + 3] < 128);
    const hasClear = isClear.some(Boolean);
    const light = (/** @type {number} */ at) => 0.299 * pixels[4 * at] + 0.587 * pixels[4 * at + 1] + 0.114 * pixels[4 * at + 2];
    return Uint8Array.from(isClear, (clear, at) => Number(hasClear ? !clear : light(at) >= 128));
}

/** @param {Blob} file @param {number} grid @returns {Promise<Uint8Array>} fails where the file is no picture */
export async function cellsOfPicture(file, grid) {
    const picture = await createImageBitmap(file);
    const canvas = new OffscreenCanvas(grid, grid);
    const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
    pen.imageSmoothingQuality = "high";
    pen.drawImage(picture, 0, 0, grid, grid);
    picture.close();
    return cellsOfPixels(pen.getImageData(0, 0, grid, grid).data);
}
