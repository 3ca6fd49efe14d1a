/** The switch that lays the boxes over the finished picture, to see at a glance what was obeyed. */

import { element } from "./dom.mjs";
import { t } from "./strings.mjs";

/**
 * @param {object} parts
 * @param {Pick<ReturnType<typeof import("./editor.mjs").createEditor>, "layOver" | "addTool">} parts.editor
 * @param {ReturnType<typeof import("./finished.mjs").createFinished>} parts.finished
 * @param {(text: string) => void} parts.tell
 */
export function createOverlay({ editor, finished, tell }) {
    const box = element("input", { type: "checkbox", onchange });
    const title = t("The boxes lie over the last picture in place of the draft");
    editor.addTool(element("label", { class: "omost-check", title }, box, element("span", { text: t("Over the picture") })));
    finished.watch((url) => {
        if (url === null) box.checked = false;
        editor.layOver(box.checked ? url : null);
    });

    async function onchange() {
        if (!box.checked) return editor.layOver(null);
        const why = await finished.look();
        if (why) tell(why);
    }
}
