/**
 * What a WebUI's job had to say: asked of the extension itself, since hosts show what ends a job in ways of their own,
 * and some not at all.
 * @import {Told} from "./types"
 */

import { createApi } from "./api.mjs";
import { element } from "./dom.mjs";
import { t } from "./strings.mjs";

const NOTE_SECONDS = 12;
const ENDED = "omost-job-ended"; // tells the app of a tab, if it is there
export const LEAVES = "omost-leaves"; // tells it that another tab is gone to

/** What comes next. @param {string} words */
export function tellNext(words) {
    showToast([{ text: words, is_refusal: false }], { stays: false, kind: "omost-next" });
}

/** What an earlier job said is over. @param {string} [tab] */
export function jobBegins(tab = "") {
    document.querySelector(".omost-toast")?.remove();
    delete mountOf(tab)?.dataset.refused;
}

/** @param {string} tab @returns {HTMLElement | null} */
function mountOf(tab) {
    return document.querySelector(`.omost-mount[data-tab="${tab}"]`);
}

/** @param {string} tab @param {string} task its id, by which the host knows the job */
export async function jobEnds(tab, task) {
    const api = createApi(new URL("omost/v1/", document.baseURI));
    const query = new URLSearchParams({ task });
    /** @type {Told[]} */
    const told = await api.get(`told?${query}`).catch(() => []); // without the program there is nothing to ask
    const mount = mountOf(tab);
    const refusals = told.filter((each) => each.is_refusal);
    if (refusals.length > 0) showToast(refusals, { stays: true });
    else if (told.length > 0 && isNew(told, mount)) showToast(told, { stays: false });
    if (mount && refusals.length > 0) mount.dataset.refused = ""; // the header says so
    mount?.dispatchEvent(new CustomEvent(ENDED, { detail: told }));
}

/** Whether these are other notes than the last ones of the tab: who draws the same again has read them. @param {Told[]} notes
 * @param {HTMLElement | null} mount */
function isNew(notes, mount) {
    if (mount === null) return true;
    const words = notes.map(({ text }) => text).join("\n");
    const isOther = mount.dataset.noted !== words;
    mount.dataset.noted = words;
    return isOther;
}

/** @param {HTMLElement} mount @param {(told: Told[]) => void} ended is called when a job of its tab has ended */
export function onJobEnd(mount, ended) {
    mount.addEventListener(ENDED, (event) => ended(/** @type {CustomEvent<Told[]>} */ (event).detail));
}

/** A reason stays until it is closed or the next job begins. @param {Told[]} told @param {{stays: boolean, kind?: string}} how */
function showToast(told, { stays, kind = "omost-note" }) {
    jobBegins();
    const close = element("button", { type: "button", "aria-label": t("Close"), text: "×" });
    const words = element("div", {}, ...told.map(({ text }) => element("p", { text: withName(text) })));
    const toast = element("div", { class: stays ? "omost-toast" : `omost-toast ${kind}`, role: stays ? "alert" : "status" }, words, close);
    close.addEventListener("click", () => toast.remove());
    document.body.append(toast);
    if (!stays) setTimeout(() => toast.remove(), NOTE_SECONDS * 1000);
}

/** @param {string} text */
function withName(text) {
    return text.startsWith("Omost") ? text : `Omost: ${text}`;
}
