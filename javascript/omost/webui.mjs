/**
 * The page of a WebUI, as the app sees it: A1111 (Gradio 3) and the Forge family (Gradio 4). Both keep a script's
 * widgets under the same names, and take a value when an `input` event tells of it.
 */

const PAUSE = 400; // milliseconds between two looks at widgets that change without telling

/**
 * @param {"txt2img"|"img2img"} tab
 * @returns what `app.mjs` calls a host
 */
export function webui(tab) {
    const own = (name) => find(`#script_${tab}_omost_${name}`);
    const { text, enabled } = widgetsOf(tab);
    const other = tab === "txt2img" ? "img2img" : "txt2img";
    own("canvas").classList.add("omost-shown-elsewhere"); // the editor has it; without the editor it stays

    return {
        name: tab,
        other,
        getSize: () => ({ width: numberOf(`#${tab}_width`, 512), height: numberOf(`#${tab}_height`, 512) }),
        getCanvasText: () => text.value,
        setCanvasText: (value) => put(text, value),
        isEnabled: () => enabled.checked,
        setEnabled(value) {
            if (enabled.checked !== value) enabled.click();
        },
        settings: () => ({
            method: own("method").querySelector("input")?.value ?? "",
            draft: own("draft").querySelector("input[type=checkbox]").checked,
        }),
        generate: () => find(`#${tab}_generate`).click(),
        sendCanvas(value) {
            const target = widgetsOf(other);
            put(target.text, value);
            if (!target.enabled.checked) target.enabled.click();
            show(other);
        },
        sendDraft: tab === "txt2img" ? sendDraft : null,
        /** Calls back when a widget that the app shows has changed. */
        watch(changed) {
            let seen = "";
            return setInterval(() => {
                if (own("canvas").closest(".hidden, [hidden]")) return;
                const now = JSON.stringify([text.value, enabled.checked, this.getSize(), this.settings()]);
                if (now !== seen) {
                    seen = now;
                    changed();
                }
            }, PAUSE);
        },
    };

    function sendDraft(value) {
        for (const [side, pixels] of Object.entries(this.getSize())) {
            put(find(`#${other}_${side} input[type=number]`), String(pixels));
        }
        this.sendCanvas(value);
        // Gradio takes the new text up in its own time, and sends the old one to a button that is pressed before
        setTimeout(() => find("#script_img2img_omost_draft_to_img2img").click(), PAUSE);
    }
}

function widgetsOf(tab) {
    const own = (name) => find(`#script_${tab}_omost_${name}`);
    return {
        text: own("canvas").querySelector("textarea"),
        enabled: own("enabled").querySelector("input[type=checkbox]"),
    };
}

function find(selector) {
    const found = document.querySelector(selector);
    if (!found) throw new Error(`this WebUI's page has no ${selector}`);
    return found;
}

function numberOf(selector, otherwise) {
    const value = Number(document.querySelector(`${selector} input[type=number]`)?.value);
    return value > 0 ? value : otherwise;
}

function put(area, value) {
    if (area.value === value) return;
    area.value = value;
    area.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Open a tab of the page by its place in the row of tabs. */
function show(tab) {
    const names = { txt2img: 0, img2img: 1 };
    find("#tabs").querySelectorAll("button")[names[tab]].click();
}
