/** A finished picture on a larger canvas: on which side it grows, and how far. */

import { labelled, row, wordButton } from "./controls.mjs";
import { element } from "./dom.mjs";
import { t } from "./strings.mjs";

const GRID = 90; // cells along each side of a canvas

/** Where the old picture lies on the larger canvas: top, bottom, left, right in cells.
 * @param {string} side @param {number} share of the old picture that is added there @returns {[number, number, number, number]} */
export function placeOf(side, share) {
    const old = Math.round(GRID / (1 + share));
    if (side === "left") return [0, GRID, GRID - old, GRID];
    if (side === "right") return [0, GRID, 0, old];
    return side === "above" ? [GRID - old, GRID, 0, GRID] : [0, old, 0, GRID];
}

/** @param {(place: [number, number, number, number]) => void} extend */
export function createExtend(extend) {
    const sides = { right: t("on the right"), left: t("on the left"), above: t("above"), below: t("below") };
    const side = element("select", { class: "omost-input", "aria-label": t("Side") });
    side.append(...Object.entries(sides).map(([name, words]) => new Option(words, name)));
    const share = element("select", { class: "omost-input", "aria-label": t("By") });
    share.append(...[25, 50, 100].map((percent) => new Option(`${percent} %`, String(percent / 100))));
    share.value = "0.5";
    const hint = t("The old picture stays; the canvas becomes larger, and regions that you add beside it say what is drawn there.");
    const go = wordButton(t("Extend the picture"), "", () => extend(placeOf(side.value, Number(share.value))));
    return element(
        "details", { class: "omost-more" }, element("summary", { text: t("Extend") }),
        row(labelled(t("Side"), side), labelled(t("By"), share), go), element("p", { class: "omost-hint", text: hint }),
    );
}
