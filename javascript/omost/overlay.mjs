/**
 * The choice of what the boxes lie over. Over the draft it shows what a picture can start from; over the finished picture,
 * at a glance, what was obeyed.
 * @import {Editor, Finished} from "./types"
 */

import { element } from "./dom.mjs";
import { t } from "./strings.mjs";

export const aboutDraft = () => t("The draft is what a picture can start from: the colours, blurred so that no edge of a box shows in it");

/**
 * @param {object} parts
 * @param {Pick<Editor, "layOver" | "addTool">} parts.editor
 * @param {Finished} parts.finished
 * @param {(text: string) => void} parts.tell
 */
export function createOverlay({ editor, finished, tell }) {
    const grounds = { colours: t("Over the colours"), draft: t("Over the draft"), picture: t("Over the picture") };
    const choice = element("select", { class: "omost-field", "aria-label": t("What the boxes lie over"), onchange });
    choice.title = aboutDraft();
    choice.append(...Object.entries(grounds).map(([ground, words]) => new Option(words, ground)));
    editor.addTool(choice);
    finished.watch(({ url, why, isGrid }) => {
        if (why && choice.value === "picture") {
            tell(why);
            if (!isGrid) choice.value = "colours"; // of a grid one may be opened yet
        }
        show(url);
    });

    /** @param {string | null} url of the picture */
    function show(url) {
        const ground = choice.value === "picture" && url === null ? "colours" : choice.value;
        editor.layOver(/** @type {import("./ground.mjs").Ground} */ (ground), url);
    }

    function onchange() {
        if (choice.value === "picture") finished.look();
        else show(null);
    }
}
