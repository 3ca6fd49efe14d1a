/**
 * Canvases that are kept under a name: the rows of the fold *Presets*.
 * @import {PresetsAsk} from "./types"
 */

import { TAKEN } from "./canvas_actions.mjs";
import { row, wordButton } from "./controls.mjs";
import { element } from "./dom.mjs";
import { t } from "./strings.mjs";

/** @param {PresetsAsk} ask */
export function createPresets(ask) {
    const list = element("select", { class: "omost-input", "aria-label": t("Preset") });
    const name = element("input", {
        class: "omost-input", type: "text", maxlength: 80, placeholder: t("name of a new preset"), "aria-label": t("Name of a new preset"),
    });
    const use = wordButton(t("Use preset"), "", async () => list.value && ask.use(list.value));
    const keep = wordButton(t("Keep as preset"), "", () => keepIt(false));
    const replace = wordButton(t("Replace the preset"), "", () => keepIt(true));
    showTyped();
    name.addEventListener("input", showTyped);
    const forget = wordButton(t("Delete preset"), "", async () => {
        if (list.value && (await ask.forget(list.value))) await refresh();
    });

    // The second button stands aside of the first, so that no double click presses both.
    function showTyped() {
        keep.disabled = !name.value.trim();
        replace.hidden = true;
    }

    /** @param {boolean} isSure that one of that name may go */
    async function keepIt(isSure) {
        const given = name.value.trim();
        const kept = given && (await ask.keep(given, isSure));
        if (!kept) return;
        if (kept === TAKEN) return void (replace.hidden = name.value.trim() !== given);
        name.value = "";
        showTyped();
        await refresh(given);
    }

    async function refresh(chosen = "") {
        const names = await ask.names();
        list.replaceChildren(...names.map((each) => new Option(each, each)));
        list.hidden = use.hidden = forget.hidden = names.length === 0;
        list.value = names.includes(chosen) ? chosen : (names[0] ?? "");
    }

    /** @param {boolean} locked */
    const lock = (locked) => void (use.disabled = locked);
    return { rows: [row(list, use, forget), row(name, keep, replace)], lock, refresh };
}
