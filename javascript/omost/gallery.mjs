/** The gallery of a WebUI's tab: which of a job's pictures is meant, where it shows several and before them their grid. */

import { NoneChosenError } from "./finished.mjs";
import { t } from "./strings.mjs";

const SIDE = 16; // pixels to which pictures are made small before they are compared
const ALIKE = 6; // of 255, on the average, between a picture and its cell in a grid that may be a JPEG
const HEAD = 65536; // bytes, of which a PNG's infotext takes a few thousand
const PLOT = /[\n\0]Steps: \d.*\bScript: X\/Y\/Z plot\b/;

/**
 * The picture that is opened, else the first; null where there is none. Rejects with NoneChosenError for a grid.
 * @param {HTMLElement} gallery @returns {Promise<Blob | null>}
 */
export async function chosenPicture(gallery) {
    const urls = [...gallery.querySelectorAll("img")].map((image) => image.src);
    if (urls.length === 0) return null;
    const isOpened = urls.indexOf(urls[0], 1) > 0; // it comes first, and stands among the others again
    const [first, second, ...more] = isOpened ? urls.slice(1) : urls;
    const chosen = await read(urls[0]);
    const isGrid = urls[0] === first && more.length > 0 && (await isGridWith(chosen, await read(second)));
    if (isGrid || (await isPlot(chosen)))
        throw new NoneChosenError(t("This is the grid of several pictures: open the one that is meant."));
    return chosen;
}

/** @param {string} url */
async function read(url) {
    return (await fetch(url)).blob();
}

/** Whether a picture is made of several of the size of `one`, which is in its corner. @param {Blob} picture @param {Blob} one */
async function isGridWith(picture, one) {
    const [grid, cell] = await Promise.all([picture, one].map((blob) => createImageBitmap(blob)));
    const [across, down] = [grid.width / cell.width, grid.height / cell.height];
    if (!Number.isInteger(across) || !Number.isInteger(down) || across * down < 2) return false;
    const [corner, own] = [grid, cell].map((bitmap) => madeSmall(bitmap, cell.width, cell.height));
    return corner.reduce((sum, value, at) => sum + Math.abs(value - own[at]), 0) / corner.length < ALIKE;
}

/** Whether a PNG's infotext is that of a plot's grid, whose legends take room. @param {Blob} picture */
async function isPlot(picture) {
    const head = new TextDecoder().decode(await picture.slice(0, HEAD).arrayBuffer());
    return PLOT.test(head.slice(0, head.indexOf("IDAT")));
}

/** The corner of a picture, small. @param {ImageBitmap} bitmap @param {number} width @param {number} height */
function madeSmall(bitmap, width, height) {
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(SIDE, SIDE).getContext("2d"));
    context.drawImage(bitmap, 0, 0, width, height, 0, 0, SIDE, SIDE);
    return context.getImageData(0, 0, SIDE, SIDE).data;
}
