/**
 * The header of a tab's accordion: the one switch, and beside it what the next picture will make of the canvas, so that a
 * closed accordion says so too.
 */

import { createApi } from "./api.mjs";
import { element, fill, setText } from "./dom.mjs";
import { t, translated } from "./strings.mjs";

/** The host's own kind of an accordion has a box in its header, which a hidden one follows; a plain one has ours inside.
 * @param {string} tab */
export function switchOf(tab) {
    const accordion = `#script_${tab}_omost_accordion`;
    const hidden = box(`${accordion}-checkbox input`) ?? box(`#script_${tab}_omost_enabled input`);
    if (hidden === null) throw new Error(`this WebUI's page has no switch in ${accordion}`);
    const shown = box(`${accordion}-visible-checkbox`) ?? hidden;
    return {
        isOn: () => hidden.checked,
        /** @param {boolean} on */
        set(on) {
            if (hidden.checked !== on) shown.click();
        },
    };
}

/**
 * What a tab has: `from` is the tab that the canvas was sent from, `redraw` and `place` what alone is drawn, and whether the
 * last picture of this canvas was refused.
 * @typedef {{text: string, isOn: boolean, from: string, redraw: string, place: string, wasRefused?: boolean}} Now
 */

/** @param {string} tab @param {Now} now */
export async function showHeader(tab, now) {
    const label = document.querySelector(`#script_${tab}_omost_accordion .label-wrap > span`);
    if (!(label instanceof HTMLElement)) return;
    const asked = JSON.stringify(now);
    label.dataset.omost = asked;
    const regions = await regionsOf(now.text);
    const words = wordsOf(regions, now);
    if (label.dataset.omost !== asked) return; // it is another canvas by now
    const state = label.querySelector(".omost-header") ?? label.appendChild(element("span", { class: "omost-header" }));
    setText(state, words);
    const isBad = regions === null || now.wasRefused === true;
    state.classList.toggle("omost-on", now.isOn && !isBad);
    state.classList.toggle("omost-refused", now.isOn && isBad);
}

/** @param {number | null} regions null without a canvas @param {Now} now */
export function wordsOf(regions, { text, isOn, from, redraw, place, wasRefused }) {
    if (regions === null) return isOn && text.trim() ? t("on, but the canvas cannot be read") : isOn ? t("on, without a canvas") : "";
    const count = regions === 1 ? t("1 region") : fill(t("{n} regions"), { n: regions });
    const words = [redraw ? fill(t("only region {number} is redrawn"), { number: redraw }) : place ? t("the picture is extended") : count];
    if (from) words.push(fill(t("from {tab}"), { tab: translated(from) }));
    if (isOn && wasRefused) words.push(t("the last picture was refused"));
    if (!isOn) words.push(t("switched off"));
    return words.join(", ");
}

/** As the program reads the canvas. @param {string} text */
async function regionsOf(text) {
    if (!text.trim()) return null;
    const api = createApi(new URL("omost/v1/", document.baseURI));
    const { canvas } = await api.post("read", { text }).catch(() => ({ canvas: null }));
    return canvas === null ? null : canvas.regions.length;
}

/** @param {string} selector @returns {HTMLInputElement | null} */
function box(selector) {
    const found = document.querySelector(selector);
    return found instanceof HTMLInputElement ? found : null;
}
