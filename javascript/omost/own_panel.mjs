/**
 * The panel that draws: prompt, size, steps, seed, checkpoint, and the accordion's settings, whose widgets are made from
 * the same table as those of the WebUIs. It is the app's host here.
 */

import { labelled, row, wordButton } from "./controls.mjs";
import { element, fill } from "./dom.mjs";
import { pickFile } from "./files.mjs";
import { createStore } from "./store.mjs";
import { t, translated } from "./strings.mjs";

const OWN = ["enabled", "canvas"]; // the app shows these
const MINI = "mini"; // the checkpoint that comes with the program
const SIZES = ["width", "height"];

/**
 * @param {HTMLElement} root
 * @param {ReturnType<import("./api.mjs").createApi>} api
 * @param {{checkpoints: string[], fields: Record<string, object>}} panel
 */
export function createPanel(root, api, { checkpoints, fields }) {
    const store = createStore("own.panel");
    const text = element("textarea", { hidden: true });
    const enabled = element("input", { type: "checkbox", hidden: true });
    const order = {
        prompt: element("textarea", { class: "omost-input", rows: 2 }),
        negative: element("textarea", { class: "omost-input", rows: 1 }),
        width: numberBox(128, 64, 2048, 8),
        height: numberBox(128, 64, 2048, 8),
        steps: numberBox(20, 1, 150, 1),
        cfg: numberBox(5, 1, 30, 0.5),
        seed: numberBox("", 0, 2 ** 32 - 1, 1),
        checkpoint: choice(checkpoints, checkpoints[0]),
    };
    order.seed.placeholder = t("a new one");
    const labels = {
        prompt: t("Prompt: words that every region shares"), negative: t("Negative prompt"), width: t("Width"),
        height: t("Height"), steps: t("Steps"), cfg: t("CFG scale"), seed: t("Seed"), checkpoint: t("Checkpoint"),
    };
    const omost = Object.fromEntries(
        Object.entries(fields).filter(([name]) => !OWN.includes(name) && name !== "hires").map(([name, of]) => [name, widget(of)]),
    );
    const generate = wordButton(t("Generate"), "omost-primary omost-generate", draw);
    const stop = wordButton(t("Stop"), "omost-stop", () => id && api.post("own/stop", { id }));
    const restore = wordButton(t("Restore from a picture"), "", restoreFromFile);
    const bar = element("progress", { max: 1, value: 0, "aria-label": t("Progress") });
    const told = element("span", { class: "omost-hint", role: "status" });
    const progress = row(bar, told);
    const picture = element("img", { class: "omost-result", alt: t("The picture"), hidden: true });
    const place = element("div", { class: "omost-result omost-result-place", text: t("The picture appears here.") });
    const info = element("pre", { class: "omost-infotext", tabindex: 0, role: "region", "aria-label": t("Infotext") });
    const mini = element("p", {
        class: "omost-hint", text: t("The mini checkpoint draws circles, squares, triangles and rings in plain colours, and nothing else. Other checkpoints go into the folder that --checkpoints names."),
    });
    const infoFold = element("details", { class: "omost-more", hidden: true }, element("summary", { text: t("Infotext") }), info);
    let id = null;

    stop.hidden = bar.hidden = true;
    root.setAttribute("aria-label", t("The picture"));
    root.append(
        place, picture, row(generate, stop), progress, infoFold,
        ...["prompt", "negative"].map((name) => labelled(labels[name], order[name])),
        element(
            "div", { class: "omost-fields" },
            ...["width", "height", "steps", "cfg", "seed", "checkpoint"].map((name) => labelled(labels[name], order[name])),
        ),
        mini,
        element(
            "details", { class: "omost-more" }, element("summary", { text: t("How the canvas steers the picture") }),
            element(
                "div", { class: "omost-fields" },
                ...Object.entries(omost).map(([name, input]) => labelled(translated(fields[name].title), input)),
            ),
        ),
        row(restore), text, enabled,
    );
    order.checkpoint.addEventListener("change", showMini);
    for (const name of SIZES) order[name].addEventListener("change", shapePlace);
    fillIn(store.read());
    window.addEventListener("pagehide", () => store.write(read()));

    function showMini() {
        mini.hidden = order.checkpoint.value !== MINI;
    }

    function shapePlace() {
        place.style.aspectRatio = `${valueOf(order.width) || 1} / ${valueOf(order.height) || 1}`;
    }

    async function draw() {
        if (!enabled.checked && !order.prompt.value.trim()) return tell(t("There is nothing to draw yet: write a message in the chat, or a prompt here."), true);
        id = String(Math.random()).slice(2) + Date.now();
        generate.disabled = true;
        stop.hidden = bar.hidden = false;
        tell(t("The picture is begun."));
        (picture.hidden ? place : picture).scrollIntoView({ block: "nearest" }); // it may be far below the chat
        store.write(read());
        try {
            await api.follow("own/draw", { id, ...read() }, (event) => hear[event.type]?.(event));
        } catch (error) {
            tell(error.message, true);
        } finally {
            id = null;
            generate.disabled = false;
            stop.hidden = bar.hidden = true;
            bar.value = 0;
        }
        return undefined;
    }

    function tell(words, isFault = false) {
        told.textContent = words;
        told.className = isFault ? "omost-notice" : "omost-hint";
    }

    const hear = {
        progress({ stage, done, total }) {
            tell(total ? `${translated(stage)} ${done}/${total}` : translated(stage));
            bar.value = total ? done / total : 0;
        },
        picture({ png, seed, infotext, notes }) {
            picture.src = `data:image/png;base64,${png}`;
            picture.hidden = infoFold.hidden = false;
            place.hidden = true;
            info.textContent = infotext;
            tell([fill(t("Seed {seed}."), { seed }), ...notes].join(" "));
        },
        stopped() {
            tell(t("Stopped."));
        },
        failed({ message, hint }) {
            tell([message, hint].filter(Boolean).join(": "), true);
        },
    };

    function read() {
        const settings = Object.fromEntries(Object.entries(omost).map(([name, input]) => [name, valueOf(input)]));
        const given = Object.fromEntries(Object.entries(order).map(([name, input]) => [name, valueOf(input)]));
        return { ...given, omost: { enabled: enabled.checked, canvas: text.value, ...settings } };
    }

    function fillIn({ omost: settings = {}, ...given }) {
        for (const [name, value] of Object.entries(given)) if (name in order) setInput(order[name], value);
        for (const [name, value] of Object.entries(settings)) if (name in omost) setInput(omost[name], value);
        text.value = settings.canvas ?? text.value;
        enabled.checked = settings.enabled ?? enabled.checked;
        shapePlace();
        showMini();
    }

    async function restoreFromFile() {
        const file = await pickFile("image/png");
        if (!file) return;
        try {
            fillIn(await api.post("own/read", { png: await base64(file) }));
            tell(t("Restored."));
        } catch (error) {
            tell(error.message, true);
        }
    }

    const host = {
        name: t("the picture"),
        other: "",
        getSize: () => ({ width: valueOf(order.width) || 512, height: valueOf(order.height) || 512 }),
        getCanvasText: () => text.value,
        setCanvasText(value) {
            text.value = value;
        },
        isEnabled: () => enabled.checked,
        setEnabled(value) {
            enabled.checked = value;
        },
        settings: () => ({ method: valueOf(omost.method), draft: valueOf(omost.draft) }),
        generate: () => generate.click(),
        sendDraft: null,
        sendCanvas: null,
        watch(changed) {
            let seen = "";
            return setInterval(() => {
                const now = JSON.stringify(read());
                if (now === seen) return;
                seen = now;
                store.write(read());
                changed();
            }, 300);
        },
    };
    return { host };
}

function widget({ type, enum: choices, minimum, maximum, default: value, description = "" }) {
    const input = type === "boolean" ? element("input", { type: "checkbox" })
        : choices ? choice(choices, value)
            : numberBox(value, minimum, maximum, 0.01);
    setInput(input, value);
    input.title = translated(description);
    return input;
}

function choice(names, chosen) {
    const input = element("select", { class: "omost-input" });
    input.append(...names.map((name) => new Option(translated(name), name)));
    input.value = chosen;
    return input;
}

function numberBox(value, min, max, step) {
    const input = element("input", { class: "omost-input", type: "number", min, max, step });
    input.value = value;
    return input;
}

function valueOf(input) {
    if (input.type === "checkbox") return input.checked;
    if (input.type === "number") return input.value === "" ? null : Number(input.value);
    return input.value;
}

function setInput(input, value) {
    if (input.type === "checkbox") input.checked = Boolean(value);
    else input.value = value ?? "";
}

async function base64(file) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    let binary = "";
    for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    return btoa(binary);
}
