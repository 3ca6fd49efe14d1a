/** The button on the WebUI's page of settings that makes the language model ready beforehand, and what it tells. */

import { createApi, newId } from "./api.mjs";
import { element } from "./dom.mjs";
import { wordsOf } from "./guarded.mjs";
import { stateOf, t } from "./strings.mjs";

/** Once at a time; what happens stands behind the button. @param {HTMLButtonElement} button */
export async function install(button) {
    if (button.disabled) return;
    const line = lineOf(button);
    const tell = (/** @type {string} */ text) => void (line.textContent = text);
    const id = newId();
    button.disabled = true;
    tell(t("begins"));
    let end = t("The answer broke off: look at the console of the program, and try again.");
    try {
        await createApi(new URL("omost/v1/", document.baseURI)).follow("install", { id }, (event) => {
            if (event.type === "status" && event.text) tell(stateOf(event));
            if (event.type === "end") end = t("The language model is ready.");
            if (event.type === "failed") end = [event.message, event.hint].filter(Boolean).join(": ");
        });
    } catch (error) {
        end = wordsOf(error);
    }
    tell(end);
    button.disabled = false;
}

/** @param {HTMLButtonElement} button */
function lineOf(button) {
    const next = button.nextElementSibling;
    if (next instanceof HTMLElement && next.role === "status") return next;
    const line = element("span", { class: "omost-install-line", role: "status" });
    button.after(line);
    return line;
}
