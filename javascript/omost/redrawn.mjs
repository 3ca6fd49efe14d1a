/**
 * Regions of a finished picture that alone are drawn next are named by their numbers, which are other regions' once the
 * canvas has one more or fewer.
 * @import {Canvas, CanvasRegion, Host} from "./types"
 */

/**
 * All of the picture is drawn again where a number is another region's by now.
 * @param {Pick<Host, "settings" | "drawAll">} host @param {Canvas | null} before @param {Canvas | null} after
 */
export function followNumbers(host, before, after) {
    const { redraw } = host.settings();
    const numbers = redraw ? redraw.split(",").map(Number) : []; // a region's name goes with it
    if (numbers.some((number) => number > 0 && !isSame(before, after, number - 1))) host.drawAll?.();
}

/** Whether a region is as it was, however near, or is the only one that is not. @param {Canvas | null} before @param {Canvas | null} after @param {number} at */
function isSame(before, after, at) {
    const [old, now] = [before, after].map((canvas) => (canvas?.regions ?? []).map(looks));
    if (now[at] === undefined || old[at] === now[at]) return now[at] !== undefined;
    return old.length === now.length && old.every((each, place) => place === at || each === now[place]);
}

/** @param {CanvasRegion} region */
function looks({ distance_to_viewer: _, ...rest }) {
    return JSON.stringify(rest);
}
