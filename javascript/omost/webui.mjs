/**
 * The page of a WebUI, as the app sees it: A1111 (Gradio 3) and the Forge family (Gradio 4). Both keep a script's
 * widgets under the same names, and take a value when an `input` event tells of it.
 * @import {Host} from "./types"
 */

import { base64 } from "./files.mjs";
import { switchOf } from "./header.mjs";
import { t, translated } from "./strings.mjs";

const PAUSE = 400; // milliseconds between two looks at widgets that change without telling
const CHECKPOINT = "#setting_sd_model_checkpoint input, .model_selection input"; // the second one is Forge's
const GALLERY = [300, 2000]; // milliseconds after a job at which the gallery has its pictures
const TAKING = 200; // milliseconds in which Gradio takes up what was put into a box
const PARTS = ["redraw", "place"];
const PATIENCE = 10_000; // milliseconds that a tab has to open

/** @typedef {"txt2img" | "img2img"} Tab */

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
        isDrawing: () => localStorage.getItem(`${tab}_task_id`) !== null, // as long as it is there: see omost.mjs
        getPicture: async () => (await import("./gallery.mjs")).chosenPicture(find(`#${tab}_gallery`)), // not before there is one to look for
        onPicture(changed) {
            const soon = () => GALLERY.forEach((pause) => setTimeout(changed, pause));
            onJobEnd(soon);
            const isIn = (/** @type {Event} */ { target }) => target instanceof Element && target.closest(`#${tab}_gallery`) !== null;
            // As it is caught: the gallery may have taken what was clicked out of the page afterwards.
            for (const opens of ["click", "keydown"]) document.addEventListener(opens, (event) => isIn(event) && soon(), true);
        },
        compare: null,
        sendCanvas: (value) => send(tab, value, tab === "txt2img" ? "from_txt2img" : "to_txt2img"),
        redraw: (value, region, picture) => sendToRedraw(tab, value, { region: String(region) }, picture),
        extend: (value, place, picture) => sendToRedraw(tab, value, { place }, picture),
        drawAll: tab === "img2img" ? () => PARTS.forEach((name) => put(partOf(name), "")) : null,
        sendDraft: tab === "txt2img" ? (value) => send(tab, value, "draft_from_txt2img") : null,
        watch(changed) {
            let seen = "";
            return setInterval(() => {
                if (own("canvas").closest(".hidden, [hidden]")) return;
                const now = JSON.stringify([text.value, enabled.isOn(), getSize(), settings(), getCheckpoint()]);
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

/**
 * To the other tab with all that this one has: prompts, settings and the accordion, by a button that `lib_omost/ui/tabs.py`
 * made for it. @param {Tab} tab @param {string} value the canvas @param {string} button
 */
async function send(tab, value, button) {
    const other = tab === "txt2img" ? "img2img" : "txt2img";
    put(canvasOf(tab), value);
    Object.assign(canvasOf(other).dataset, { sent: value, from: tab }); // the header says so: see omost.mjs
    open(other);
    await isOpen(other); // Gradio has taken up by then what was put before; a button pressed sooner is sent the old
    find(`#script_img2img_omost_${button}`).click();
    document.querySelector(`#${other}_generate`)?.scrollIntoView({ block: "center" }); // what is pressed next
}

/**
 * To img2img, as its init image; null leaves the one that is there.
 * @param {Tab} tab @param {string} value the canvas @param {{region?: string, place?: number[]}} part @param {Blob | null} picture
 */
async function sendToRedraw(tab, value, part, picture) {
    if (picture === null && (tab === "txt2img" || part.place)) throw new Error(t("There is no picture yet: draw one first."));
    const order = { ...part, picture: picture && (await base64(picture)) };
    put(input(find("#script_img2img_omost_redraw_order"), "textarea, input"), JSON.stringify(order));
    find("#mode_img2img button").click(); // of its own tabs the first one's picture is what we fill
    if (tab === "txt2img") return send(tab, value, "redraw_from_txt2img");
    put(canvasOf(tab), value);
    await new Promise((taken) => setTimeout(taken, TAKING));
    return find("#script_img2img_omost_redraw_in_img2img").click();
}

/** What alone is drawn of a picture. @param {string} name @returns {HTMLInputElement} */
function partOf(name) {
    return input(find(`#script_img2img_omost_${name}`), "textarea, input");
}

/** @param {Tab} tab */
function canvasOf(tab) {
    return input(find(`#script_${tab}_omost_canvas`), "textarea");
}

/** @param {string} selector @returns {HTMLElement} */
function find(selector) {
    const found = document.querySelector(selector);
    if (!(found instanceof HTMLElement)) throw new Error(`this WebUI's page has no ${selector}`);
    return found;
}

/** @param {HTMLElement} widget @param {string} selector @returns {HTMLInputElement} or a text area, which is used alike */
function input(widget, selector) {
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
function put(area, value) {
    if (area.value === value) return;
    area.value = value;
    area.dispatchEvent(new Event("input", { bubbles: true }));
}

/**
 * Open a tab of the page, wherever it stands in the row: users may order them. Gradio 4 gives its button an id; Gradio 3
 * nothing but the label, which a localization may have translated.
 * @param {Tab} tab
 */
export function open(tab) {
    const buttons = [...find("#tabs").querySelectorAll("button")];
    const labels = [tab, translated(tab)];
    const button = buttons.find((each) => each.id === `tab_${tab}-button`) ?? buttons.find((each) => labels.includes(each.textContent?.trim() ?? ""));
    if (button === undefined) throw new Error(t("This WebUI shows no tab of that name."));
    button.click();
}

/** Resolves when the content of a tab is shown. @param {Tab} tab @returns {Promise<void>} */
export function isOpen(tab) {
    const content = find(`#tab_${tab}`);
    const isShown = () => getComputedStyle(content).display !== "none";
    return new Promise((resolve, reject) => {
        if (isShown()) return resolve();
        const observer = new MutationObserver(() => isShown() && end(resolve));
        const patience = setTimeout(() => end(() => reject(new Error(t("This WebUI's tab does not open.")))), PATIENCE);
        observer.observe(content, { attributes: true, attributeFilter: ["style", "class", "hidden"] });

        /** @param {() => void} settle */
        function end(settle) {
            observer.disconnect();
            clearTimeout(patience);
            settle();
        }
    });
}
