/**
 * A larger canvas around the finished picture: the row of the fold *Extend*.
 * @import {BarAsk, Rect} from "./types"
 */

import { row, wordButton } from "./controls.mjs";
import { element } from "./dom.mjs";
import { t } from "./strings.mjs";

/** Where the old picture lies on a larger canvas. @param {string} side @param {number} share that is added there @returns {Rect} */
export function placeOf(side, share) {
    const old = Math.round(90 / (1 + share));
    if (side === "left") return [0, 90, 90 - old, 90];
    if (side === "right") return [0, 90, 0, old];
    return side === "above" ? [90 - old, 90, 0, 90] : [0, old, 0, 90];
}

/** @param {BarAsk["extend"]} ask */
export function createExtend(ask) {
    const sides = { right: t("on the right"), left: t("on the left"), above: t("above"), below: t("below") };
    const side = element("select", { class: "omost-input", "aria-label": t("Side") });
    const share = element("select", { class: "omost-input", "aria-label": t("By") });
    side.append(...Object.entries(sides).map(([name, words]) => new Option(words, name)));
    share.append(...[0.5, 0.25, 1].map((part) => new Option(`${part * 100} %`, String(part))));
    const go = wordButton(t("Extend the picture"), "", () => ask(placeOf(side.value, Number(share.value))));
    go.title = t("The old picture stays; regions that you add beside it say what is drawn there");
    /** @param {boolean} locked */
    const lock = (locked) => void (go.disabled = locked);
    return { rows: [row(side, share, go)], lock };
}
