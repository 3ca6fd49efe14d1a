/**
 * The large view: chat, boxes and the finished picture side by side over the whole window. The app itself moves there and
 * back, so nothing of it is there twice.
 * @import {Host} from "./types"
 */

import { row, wordButton } from "./controls.mjs";
import { element } from "./dom.mjs";
import { t } from "./strings.mjs";

/**
 * @param {object} parts
 * @param {HTMLElement} parts.mount  where the app stands otherwise
 * @param {Pick<Host, "generate">} parts.host
 * @param {ReturnType<typeof import("./finished.mjs").createFinished>} parts.finished
 */
export function createLarge({ mount, host, finished }) {
    const toggle = wordButton(t("Large view"), "omost-lesser", () => (layer.isConnected ? close() : open()));
    const picture = element("img", { class: "omost-result", alt: t("The picture"), hidden: true });
    const place = element("div", { class: "omost-result omost-result-place", text: t("The picture appears here.") });
    const seen = element("section", { class: "omost-seen", "aria-label": t("The picture") }, row(wordButton(t("Generate"), "omost-primary", host.generate)), place, picture);
    const layer = element("div", {
        class: "omost omost-mount omost-large", role: "dialog", "aria-label": t("Chat, boxes and picture"), onkeydown,
    }, seen);
    toggle.title = t("Chat, boxes and picture together, over the whole window (Escape leads back)");
    finished.watch(({ url, why, isGrid }) => {
        picture.hidden = url === null;
        place.hidden = url !== null;
        place.textContent = isGrid ? why : t("The picture appears here.");
        if (url !== null) picture.src = url;
    });

    function open() {
        layer.prepend(...mount.children);
        document.body.append(layer);
        document.body.classList.add("omost-is-large");
        toggle.textContent = t("Back to the page");
        toggle.focus();
        finished.look();
    }

    function close() {
        document.body.classList.remove("omost-is-large");
        mount.append(...[...layer.children].filter((child) => child !== seen));
        layer.remove();
        toggle.textContent = t("Large view");
        toggle.focus();
    }

    /** @param {KeyboardEvent} event */
    function onkeydown(event) {
        if (event.key !== "Escape" || event.defaultPrevented) return;
        event.preventDefault();
        event.stopPropagation(); // Escape interrupts a job elsewhere on the page
        close();
    }

    return { toggle };
}
