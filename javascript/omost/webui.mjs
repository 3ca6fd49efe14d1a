/**
 * The page of a WebUI, as the app sees it: A1111 (Gradio 3) and the Forge family (Gradio 4). Both keep a script's
 * widgets under the same names, and take a value when an `input` event tells of it.
 * @import {Host} from "./types"
 */

import { switchOf } from "./header.mjs";
import { translated } from "./strings.mjs";

const PAUSE = 400; // milliseconds between two looks at widgets that change without telling
const CHECKPOINT = "#setting_sd_model_checkpoint input, .model_selection input"; // the second one is Forge's
const GALLERY = [300, 2000]; // milliseconds after a job at which the gallery has its pictures
const PARTS = ["redraw", "place"];

/** @typedef {"txt2img" | "img2img"} Tab */

const sending = () => import("./sending.mjs"); // not before something is sent

/**
 * @param {Tab} tab
 * @param {NonNullable<Host["webui"]>["onJobEnd"]} [onJobEnd]
 * @returns {Host}
 */
export function webui(tab, onJobEnd = () => {}) {
    const own = (/** @type {string} */ name) => find(`#script_${tab}_omost_${name}`);
    const [text, enabled] = [canvasOf(tab), switchOf(tab)];
    const other = tab === "txt2img" ? "img2img" : "txt2img";
    const variants = input(own("variants"), "textarea");
    // The editor and the chat have them; without these they stay.
    for (const name of ["canvas", "variants"]) own(name).classList.add("omost-shown-elsewhere");

    const getSize = () => ({ width: numberOf(`#${tab}_width`, 512), height: numberOf(`#${tab}_height`, 512) });
    const isDrawing = () => localStorage.getItem(`${tab}_task_id`) !== null; // as long as it is there: see omost.mjs
    const settings = () => ({
        method: own("method").querySelector("input")?.value ?? "",
        draft: tab === "txt2img" && (own("draft").querySelector("input")?.checked ?? false),
        literal: own("syntax").querySelector("input")?.value === "literal",
        style: own("style").querySelector("input")?.value ?? "",
        redraw: tab === "img2img" ? partOf("redraw").value : "",
        place: tab === "img2img" ? partOf("place").value : "",
    });

    return {
        name: tab,
        title: translated(tab),
        other,
        getSize,
        getCanvasText: () => text.value,
        setCanvasText: (value) => put(text, value),
        setVariants: (lines) => put(variants, lines),
        isEnabled: enabled.isOn,
        setEnabled: enabled.set,
        settings,
        generate: () => find(`#${tab}_generate`).click(),
        isDrawing,
        getPicture: async () => (await import("./gallery.mjs")).chosenPicture(find(`#${tab}_gallery`)), // not before there is one to look for
        onPicture(changed) {
            const soon = () => GALLERY.forEach((pause) => setTimeout(changed, pause));
            onJobEnd(soon);
            const isIn = (/** @type {Event} */ { target }) => target instanceof Element && target.closest(`#${tab}_gallery`) !== null;
            // As it is caught: the gallery may have taken what was clicked out of the page afterwards.
            for (const opens of ["click", "keydown"]) document.addEventListener(opens, (event) => isIn(event) && soon(), true);
        },
        compare: null,
        sendCanvas: async (value) => (await sending()).sendCanvas(tab, value),
        redraw: async (value, region, picture) => (await sending()).sendToRedraw(tab, value, { region: String(region) }, picture),
        extend: async (value, place, picture) => (await sending()).sendToRedraw(tab, value, { place }, picture),
        drawAll: tab === "img2img" ? () => PARTS.forEach((name) => put(partOf(name), "")) : null,
        sendDraft: tab === "txt2img" ? async (value) => (await sending()).sendDraft(tab, value) : null,
        watch(changed) {
            let seen = "";
            return setInterval(() => {
                if (own("canvas").closest(".hidden, [hidden]")) return;
                const now = JSON.stringify([text.value, enabled.isOn(), getSize(), settings(), getCheckpoint(), isDrawing()]);
                if (now !== seen) {
                    seen = now;
                    changed();
                }
            }, PAUSE);
        },
        webui: { onJobEnd, getCheckpoint },
    };
}

/** What the page shows as the chosen checkpoint, by whatever name; "" where it shows none. */
function getCheckpoint() {
    const found = document.querySelector(CHECKPOINT);
    return found instanceof HTMLInputElement ? found.value : (found?.textContent ?? "");
}

/** What alone is drawn of a picture. @param {string} name @returns {HTMLInputElement} */
function partOf(name) {
    return input(find(`#script_img2img_omost_${name}`), "textarea, input");
}

/** @param {Tab} tab */
export function canvasOf(tab) {
    return input(find(`#script_${tab}_omost_canvas`), "textarea");
}

/** @param {string} selector @returns {HTMLElement} */
export function find(selector) {
    const found = document.querySelector(selector);
    if (!(found instanceof HTMLElement)) throw new Error(`this WebUI's page has no ${selector}`);
    return found;
}

/** @param {HTMLElement} widget @param {string} selector @returns {HTMLInputElement} or a text area, which is used alike */
export function input(widget, selector) {
    const found = widget.querySelector(selector);
    if (found === null) throw new Error(`this WebUI's page has no ${selector} in #${widget.id}`);
    return /** @type {HTMLInputElement} */ (found);
}

/** @param {string} selector @param {number} otherwise */
function numberOf(selector, otherwise) {
    const found = /** @type {HTMLInputElement | null} */ (document.querySelector(`${selector} input[type=number]`));
    const value = Number(found?.value);
    return value > 0 ? value : otherwise;
}

/** @param {HTMLInputElement} area @param {string} value */
export function put(area, value) {
    if (area.value === value) return;
    area.value = value;
    area.dispatchEvent(new Event("input", { bubbles: true }));
}
