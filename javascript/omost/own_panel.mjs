/**
 * The panel that draws: prompt, size, steps, seed, checkpoint, and the accordion's settings. It is the app's host here.
 * @import {Api, Host, PanelField} from "./types"
 */

import { labelled, row, wordButton } from "./controls.mjs";
import { element, fill } from "./dom.mjs";
import { base64, pickFile } from "./files.mjs";
import { wordsOf } from "./guarded.mjs";
import { offer, orderFields, orderLabels, setInputs, valueOf, valuesOf, widget } from "./own_fields.mjs";
import { createPart, createPicture } from "./own_picture.mjs";
import { Busy } from "./page_state.mjs";
import { createStore } from "./store.mjs";
import { t, translated } from "./strings.mjs";

const SHOWN_BY_THE_APP = ["enabled", "canvas", "variants", "redraw", "place", "hires", "detailer"]; // the last two are for WebUIs alone
const OF_TABS = { webui: null, sendDraft: null, sendCanvas: null };
const MINI = "mini"; // the checkpoint that comes with the program
const PAUSE = 300; // milliseconds between two looks at what has changed

/**
 * @param {HTMLElement} root
 * @param {Api} api
 * @param {{checkpoints: string[], methods: Record<string, string[]>, fields: Record<string, PanelField>}} panel
 */
export function createPanel(root, api, { checkpoints, methods, fields }) {
    const store = createStore("own.panel");
    const text = element("textarea", { hidden: true });
    const enabled = element("input", { type: "checkbox", hidden: true });
    const order = orderFields(checkpoints);
    let variants = ""; // the chat's: it keeps them itself
    const part = createPart(api, setPart);
    const omost = Object.fromEntries(
        Object.entries(fields).filter(([name]) => !SHOWN_BY_THE_APP.includes(name)).map(([name, of]) => [name, widget(of)]),
    );
    const keep = () => store.write(read());
    const picture = createPicture({ api, getOrder, begins: keep });
    const mini = element("p", {
        class: "omost-hint", text: t("The mini checkpoint draws simple things in plain colours (shapes, stars, hearts, trees, houses, cats, fish, boats, cars), and nothing else. Other checkpoints go into the folder that --checkpoints names."),
    });
    const restore = wordButton(t("Restore from a picture"), "", restoreFromFile);
    layOut(root, { picture, order, omost, fields, mini, others: [row(restore), text, enabled] });
    order.checkpoint.addEventListener("change", showCheckpoint);
    for (const side of [order.width, order.height]) side.addEventListener("change", shapePlace);
    fillIn(store.read());
    window.addEventListener("pagehide", keep);

    function showCheckpoint() {
        mini.hidden = order.checkpoint.value !== MINI;
        offer(omost.method, methods[order.checkpoint.value] ?? fields.method.enum ?? []);
    }

    function shapePlace() {
        picture.shape(order.width.valueAsNumber || 1, order.height.valueAsNumber || 1);
    }

    async function getOrder() {
        if (!enabled.checked && !order.prompt.value.trim()) throw new Error(t("There is nothing to draw yet: write a message in the chat, or a prompt here."));
        return { ...read(), ...(await part.order()) };
    }

    function read() {
        return { ...valuesOf(order), omost: { enabled: enabled.checked, canvas: text.value, variants, ...part.what(), ...valuesOf(omost) } };
    }

    /** @param {string | null} code @param {object} size */
    function setPart(code, size) {
        enabled.checked = true;
        text.value = code ?? text.value;
        setInputs(order, { ...size });
        shapePlace();
    }

    /** Gives the name of a checkpoint that is not there: then the one that is chosen stays. @param {Record<string, any>} given */
    function fillIn({ omost: settings = {}, checkpoint = order.checkpoint.value, ...given }) {
        const isThere = checkpoints.includes(checkpoint);
        setInputs(order, isThere ? { ...given, checkpoint } : given);
        showCheckpoint(); // before the method, which is one of those that it can do
        setInputs(omost, settings);
        showCheckpoint(); // where it is not, the checkpoint's own
        text.value = settings.canvas ?? text.value;
        enabled.checked = settings.enabled ?? enabled.checked;
        shapePlace();
        return isThere ? "" : String(checkpoint);
    }

    async function restoreFromFile() {
        const file = await pickFile("image/png");
        if (!file) return;
        try {
            const given = await api.post("own/read", { png: await base64(file) });
            if (restore.disabled) throw new Busy();
            const missing = fillIn(given);
            picture.tell(missing ? fill(t("Restored, but for the checkpoint {name}, which is not there."), { name: missing }) : t("Restored."));
        } catch (error) {
            picture.tell(wordsOf(error), true);
        }
    }

    /** @type {Host} */
    const host = {
        name: "own",
        title: t("the picture"),
        other: "",
        getSize: () => ({ width: order.width.valueAsNumber || 512, height: order.height.valueAsNumber || 512 }),
        getCanvasText: () => text.value,
        setCanvasText(value) {
            text.value = value;
            keep(); // as the chat does: what comes when the page is left, too
        },
        setVariants(lines) {
            variants = lines;
        },
        lock(locked) {
            restore.disabled = locked;
        },
        isEnabled: () => enabled.checked,
        setEnabled(value) {
            enabled.checked = value;
        },
        settings: () => ({ method: String(valueOf(omost.method)), draft: valueOf(omost.draft) === true, literal: valueOf(omost.syntax) === "literal", style: String(valueOf(omost.style)), ...part.what() }),
        generate: picture.draw,
        isDrawing: picture.isDrawing,
        getPicture: picture.shown,
        onPicture: picture.watch,
        compare: async (shown, canvas) => api.post("own/check", { png: await base64(shown), canvas }),
        ...OF_TABS,
        ...part.host,
        watch: watching(read, (now) => store.write(now)),
    };
    return { host };
}

/**
 * @param {HTMLElement} root
 * @param {object} parts
 * @param {Pick<ReturnType<typeof createPicture>, "parts">} parts.picture
 * @param {ReturnType<typeof orderFields>} parts.order
 * @param {Record<string, HTMLElement>} parts.omost
 * @param {Record<string, any>} parts.fields
 * @param {HTMLElement} parts.mini
 * @param {HTMLElement[]} parts.others
 */
function layOut(root, { picture, order, omost, fields, mini, others }) {
    const labels = orderLabels();
    const { prompt, negative, ...rest } = order;
    root.setAttribute("aria-label", t("The picture"));
    root.append(
        ...picture.parts,
        labelled(labels.prompt, prompt), labelled(labels.negative, negative),
        element(
            "div", { class: "omost-fields" },
            ...Object.entries(rest).map(([name, input]) => labelled(labels[/** @type {keyof typeof rest} */ (name)], input)),
        ),
        mini,
        element(
            "details", { class: "omost-more" }, element("summary", { text: t("How the canvas steers the picture") }),
            element(
                "div", { class: "omost-fields" },
                ...Object.entries(omost).map(([name, input]) => labelled(translated(fields[name].title), input)),
            ),
        ),
        ...others,
    );
}

/** What is new is kept and told. @param {() => object} read @param {(now: object) => void} keep */
function watching(read, keep) {
    return (/** @type {() => void} */ changed) => {
        let seen = "";
        return setInterval(() => {
            const now = JSON.stringify(read());
            if (now === seen) return;
            seen = now;
            keep(read());
            changed();
        }, PAUSE);
    };
}
