/**
 * The large view: chat, boxes and the finished picture side by side over the whole window. The app itself moves there and
 * back, so nothing of it is there twice.
 * @import {Finished, Host} from "./types"
 */

import { row, wordButton } from "./controls.mjs";
import { element, setText } from "./dom.mjs";
import { t } from "./strings.mjs";
import { LEAVES } from "./told.mjs";

const PAUSE = 300; // milliseconds between two looks at whether the host draws

/**
 * @param {object} parts
 * @param {HTMLElement} parts.toggle  the button that opens and closes it
 * @param {HTMLElement} parts.mount  where the app stands otherwise
 * @param {Pick<Host, "generate" | "isDrawing">} parts.host
 * @param {Finished} parts.finished
 */
export function createLarge({ toggle, mount, host, finished }) {
    const picture = element("img", { class: "omost-result", alt: t("The picture"), hidden: true });
    const place = element("div", { class: "omost-result omost-result-place", text: t("The picture appears here.") });
    const generate = wordButton(t("Generate"), "omost-primary", host.generate);
    const drawing = element("span", { class: "omost-hint", role: "status" });
    const seen = element("section", { class: "omost-seen", "aria-label": t("The picture") }, row(generate, drawing), place, picture);
    const layer = element("div", {
        class: "omost omost-mount omost-large", role: "dialog", "aria-label": t("Chat, boxes and picture"), onkeydown,
    }, seen);
    finished.watch(({ url, why, isGrid }) => {
        picture.hidden = url === null;
        place.hidden = url !== null;
        place.textContent = isGrid ? why : t("The picture appears here.");
        if (url !== null) picture.src = url;
    });

    mount.addEventListener(LEAVES, () => layer.isConnected && close()); // the other tab would open behind it
    let looking = 0;

    function look() {
        generate.disabled = host.isDrawing();
        setText(drawing, generate.disabled ? t("The picture is being drawn …") : "");
    }

    /** Where the app goes, what was said last is seen. @param {() => void} go */
    function move(go) {
        go();
        for (const log of document.querySelectorAll(".omost-log")) log.scrollTop = log.scrollHeight;
    }

    function open() {
        looking = window.setInterval(look, PAUSE);
        document.body.append(layer);
        move(() => layer.prepend(...mount.children));
        document.body.classList.add("omost-is-large");
        toggle.textContent = t("Back to the page");
        toggle.focus();
        finished.look();
    }

    function close() {
        window.clearInterval(looking);
        document.body.classList.remove("omost-is-large");
        move(() => mount.append(...[...layer.children].filter((child) => child !== seen)));
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

    return { flip: () => (layer.isConnected ? close() : open()) };
}
