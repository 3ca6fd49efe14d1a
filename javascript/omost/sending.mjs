/**
 * From one tab of a WebUI to the other, with the canvas: fetched when something is sent for the first time.
 */

import { fill } from "./dom.mjs";
import { base64 } from "./files.mjs";
import { t, translated } from "./strings.mjs";
import { LEAVES, tellNext } from "./told.mjs";
import { canvasOf, find, input, put } from "./webui.mjs";

const TAKING = 200; // milliseconds in which Gradio takes up what was put into a box
const PATIENCE = 10_000; // milliseconds that a tab has to open

/** @typedef {import("./webui.mjs").Tab} Tab */

/** With prompts and settings. @param {Tab} tab @param {string} value the canvas */
export function sendCanvas(tab, value) {
    if (tab === "img2img") return send(tab, value, "to_txt2img", t("Canvas, prompts and settings are here now: press Generate."));
    return send(tab, value, "from_txt2img", t("Canvas, prompts and settings are here now: choose the picture to start from, then press Generate."));
}

/** As img2img's init image. @param {Tab} tab @param {string} value the canvas */
export function sendDraft(tab, value) {
    return send(tab, value, "draft_from_txt2img", t("The draft is the init image now: press Generate."));
}

/**
 * To the other tab with all that this one has: prompts, settings and the accordion, by a button that `lib_omost/ui/tabs.py`
 * made for it. @param {Tab} tab @param {string} value the canvas @param {string} button @param {string} next what comes then
 */
async function send(tab, value, button, next) {
    const other = tab === "txt2img" ? "img2img" : "txt2img";
    document.querySelector(`.omost-mount[data-tab="${tab}"]`)?.dispatchEvent(new Event(LEAVES));
    put(canvasOf(tab), value);
    Object.assign(canvasOf(other).dataset, { sent: value, from: tab }); // the header says so: see omost.mjs
    open(other);
    await isOpen(other); // Gradio has taken up by then what was put before; a button pressed sooner is sent the old
    find(`#script_img2img_omost_${button}`).click();
    const generate = document.querySelector(`#${other}_generate`); // what is pressed next
    generate?.scrollIntoView({ block: "center" });
    if (generate instanceof HTMLElement) generate.focus({ preventScroll: true });
    tellNext(next);
}

/**
 * To img2img, as its init image; null leaves the one that is there.
 * @param {Tab} tab @param {string} value the canvas @param {{region?: string, place?: number[]}} part @param {Blob | null} picture
 */
export async function sendToRedraw(tab, value, part, picture) {
    if (picture === null && (tab === "txt2img" || part.place)) throw new Error(t("There is no picture yet: draw one first."));
    const order = { ...part, picture: picture && (await base64(picture)) };
    put(input(find("#script_img2img_omost_redraw_order"), "textarea, input"), JSON.stringify(order));
    find("#mode_img2img button").click(); // of its own tabs the first one's picture is what we fill
    const next = part.region
        ? fill(t("Only region {number} is drawn anew, the rest of this picture stays: press Generate."), { number: part.region })
        : t("This picture stays, and what is around it is drawn: press Generate.");
    if (tab === "txt2img") return send(tab, value, "redraw_from_txt2img", next);
    put(canvasOf(tab), value);
    await new Promise((taken) => setTimeout(taken, TAKING));
    return find("#script_img2img_omost_redraw_in_img2img").click();
}

/**
 * Open a tab of the page, wherever it stands in the row: users may order them. Gradio 4 gives its button an id; Gradio 3
 * nothing but the label, which a localization may have translated.
 * @param {Tab} tab
 */
function open(tab) {
    const buttons = [...find("#tabs").querySelectorAll("button")];
    const labels = [tab, translated(tab)];
    const button = buttons.find((each) => each.id === `tab_${tab}-button`) ?? buttons.find((each) => labels.includes(each.textContent?.trim() ?? ""));
    if (button === undefined) throw new Error(t("This WebUI shows no tab of that name."));
    button.click();
}

/** Resolves when the content of a tab is shown. @param {Tab} tab @returns {Promise<void>} */
function isOpen(tab) {
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
