/**
 * Below the app: what the next picture will do, and where the canvas may go.
 * @import {BarAsk, ChosenModel, Host, Size} from "./types"
 */

import { row, wordButton } from "./controls.mjs";
import { element, fill, setText } from "./dom.mjs";
import { aboutDraft } from "./overlay.mjs";
import { t, translated } from "./strings.mjs";

const PLAIN = "plain"; // the method that needs no regions
const AUTO = "auto"; // in its place: the model's own

/**
 * @param {HTMLElement} root
 * @param {Pick<Host, "title" | "other" | "sendDraft" | "sendCanvas" | "drawAll" | "generate" | "webui" | "compare">} host
 * @param {BarAsk} ask
 */
export function createBar(root, host, ask) {
    const use = wordButton("", "", ask.use);
    const state = element("span", { class: "omost-state", role: "status" });
    const [size, bag] = [element("span"), element("span")];
    const all = wordButton(t("Draw the whole picture"), "omost-lesser", ask.drawAll);
    const details = element(
        "details", { class: "omost-more", hidden: true }, element("summary", { text: t("Details") }),
        element("p", { class: "omost-hint" }, size, " ", bag),
    );
    const buttons = [];
    if (host.sendDraft) buttons.push(wordButton(t("Send the draft to img2img"), "omost-lesser", ask.sendDraft));
    if (host.sendCanvas) buttons.push(wordButton(fill(t("Send the canvas to {tab}"), { tab: translated(host.other) }), "omost-lesser", ask.sendCanvas));
    if (host.sendDraft) buttons[0].title = t("The draft becomes the init image; all settings go along");
    const needCanvas = [...buttons, wordButton(t("Save canvas"), "omost-lesser", ask.save)];
    const load = wordButton(t("Load canvas"), "omost-lesser", ask.load);
    const read = wordButton(t("Read a picture"), "omost-lesser", ask.readPicture);
    const check = wordButton(t("Check the picture"), "omost-lesser", ask.checkPicture);
    read.title = t("A model of the server that sees opens a picture as a canvas");
    showSight(false);
    const extend = createFold(t("Extend"), async () => (await import("./extend.mjs")).createExtend(ask.extend));
    const presets = createFold(t("Presets"), async () => (await import("./presets.mjs")).createPresets(ask.presets));
    const draw = wordButton(t("Generate"), "omost-primary omost-draw", host.generate);
    root.append(
        row(state, use, all, draw),
        row(...needCanvas, load, read, check, extend.root, presets.root, details),
    );

    /** Whether there is a server whose models may see; without one the host may compare. @param {boolean} isServer */
    function showSight(isServer) {
        read.hidden = !isServer;
        check.hidden = !isServer && host.compare === null;
        check.title = isServer
            ? t("A model of the server that sees compares the last picture with the canvas")
            : t("The colours and shapes of the last picture are compared with the canvas");
    }

    return {
        showSight,
        /**
         * `regions` is null without a canvas; `writing` while the next one is on its way, and no other can be taken; `drawing`
         * while the host draws; `wasRefused` until something is changed.
         * @param {Next & {writing: boolean, drawing: boolean, wasRefused: boolean}} state
         */
        showState({ writing, drawing, wasRefused, ...next }) {
            const { enabled, regions, redraw, place } = next;
            setText(use, enabled ? t("Draw without the canvas") : fill(t("Use in {tab}"), { tab: host.title }));
            use.hidden = writing || (host.webui === null ? regions === null && !enabled : regions === null || enabled);
            use.classList.toggle("omost-primary", !enabled);
            use.classList.toggle("omost-lesser", enabled);
            draw.hidden = host.webui === null || writing || regions === null || !enabled;
            draw.disabled = drawing;
            all.hidden = !(redraw || place) || host.drawAll === null;
            for (const each of needCanvas) [each.disabled, each.hidden] = [regions === null, next.isEmpty ?? false];
            load.disabled = read.disabled = writing;
            check.disabled = writing || !regions;
            for (const each of [extend, presets]) each.lock(writing);
            extend.root.hidden = next.isEmpty ?? false;
            const isDrawn = drawing && host.webui !== null; // our own page says so elsewhere
            const [willBe, isOff] = [isRefused(next), writing || isDrawn];
            const words = wasRefused && !willBe ? t("The last picture was refused.") : sentence(next);
            setText(state, writing ? t("A canvas is being written.") : isDrawn ? t("The picture is being drawn …") : words);
            state.title = isOff ? "" : titleOf(next);
            const isBad = (willBe || wasRefused) && !isOff;
            state.classList.toggle("omost-on", enabled && regions !== null && !writing && !isBad);
            state.classList.toggle("omost-refused", isBad);
        },
        /** How long the canvas's texts are. @param {Size} known */
        showSize(known) {
            details.hidden = known.bags === null;
            size.textContent = sizeOf(known);
            bag.textContent = fill(t("A bag is a piece of at most {limit} tokens, which the text encoder reads at once."), { limit: known.limit ?? 0 });
        },
    };
}

/** @param {Size} known */
export function sizeOf({ bags, tokens, estimate }) {
    const values = { bags: bags ?? 0, tokens: tokens ?? 0 };
    if (estimate === "tokenizer") return fill(t("{bags} bags, {tokens} tokens by CLIP's tokenizer; other text encoders may count otherwise."), values);
    if (estimate === "choices") return fill(t("About {bags} bags, {tokens} tokens: of variants and prompt editing a part alone is read."), values);
    return fill(t("{bags} bags, {tokens} tokens, as the text encoder reads them."), values);
}

/** Whether the model that draws has no place for regions, or not for this method. @param {Pick<Next, "method" | "drawnWith">} next */
function isRefused({ method, drawnWith }) {
    if (drawnWith.has_regions === false) return method !== PLAIN;
    const { methods = [] } = drawnWith;
    return methods.length > 0 && method !== AUTO && !methods.includes(method);
}

/** Why, and what to do. @param {Pick<Next, "method" | "drawnWith">} next */
function reasonOf({ method, drawnWith: { has_regions, name, reason, methods = [] } }) {
    if (has_regions === false) return reason;
    const can = methods.map(translated).join(", ");
    return fill(t("The method {method} cannot steer {model}: choose one of {methods}."), { method: translated(method), model: name ?? "", methods: can });
}

/**
 * What the next picture will do.
 * @typedef {object} Next
 * @property {boolean} [isEmpty]  neither a canvas nor a text that may become one
 * @property {boolean} enabled
 * @property {number | null} regions  null without a canvas
 * @property {string} method
 * @property {boolean} draft
 * @property {ChosenModel} drawnWith
 * @property {number} [canvases]  so many of one message
 * @property {string} [redraw]  the region that alone is drawn
 * @property {string} [place]  where the picture lies around which is drawn
 */

/** @param {Next} next */
export function sentence({ enabled, regions, method, draft, drawnWith, canvases = 1, redraw = "", place = "" }) {
    const warning = isRefused({ method, drawnWith }) ? " " + reasonOf({ method, drawnWith }) : "";
    if (!enabled && regions === null) return t("There is no canvas: the next picture is drawn from the prompt alone.") + warning;
    if (!enabled) return t("The canvas is not used: the next picture is drawn from the prompt alone.") + warning;
    if (regions === null) return t("Omost is on, but there is no canvas that can be read.") + warning;
    if (warning) return t("The next picture is refused:") + warning;
    if (place) return t("The old picture stays; what is around it on the canvas is drawn.");
    if (redraw) return fill(t("Of the picture only region {number} is drawn anew; the rest stays."), { number: redraw });
    const several = canvases > 1 ? " " + fill(t("All {n} variants are drawn."), { n: canvases }) : "";
    const start = (draft ? " " + t("It starts from the draft.") : "") + several;
    if (method === PLAIN || regions === 0) return t("The next picture has no regions: the words of the canvas join the prompt.") + start;
    const does = doneBy({ method, drawnWith });
    if (!does) return (regions === 1 ? t("The next picture has one region.") : fill(t("The next picture has {n} regions."), { n: regions })) + start;
    if (regions === 1) return fill(t("The next picture has one region ({method})."), { method: translated(does) }) + start;
    return fill(t("The next picture has {n} regions ({method})."), { n: regions, method: translated(does) }) + start;
}

/** The method; not known before a model is there. @param {Pick<Next, "method" | "drawnWith">} next */
function doneBy({ method, drawnWith }) {
    return method === AUTO ? drawnWith.methods?.[0] : method;
}

/** What the words of `sentence` mean. @param {Next} next */
export function titleOf(next) {
    if (!next.enabled || !next.regions || next.redraw || next.place) return "";
    const sketch = doneBy(next) === "sketch" ? t("Sketch: the first steps begin from the boxes' colours, and in a box its own words count most") : "";
    return [sketch, next.draft ? aboutDraft() : ""].filter(Boolean).join("\n");
}

/**
 * A fold whose rows are fetched when it is opened.
 * @param {string} title @param {() => Promise<{rows: HTMLElement[], lock: (locked: boolean) => void, refresh?: () => Promise<void>}>} load
 */
function createFold(title, load) {
    const root = element("details", { class: "omost-more" }, element("summary", { text: title }));
    /** @type {ReturnType<typeof load> | undefined} */
    let loading;
    let isLocked = false;
    root.addEventListener("toggle", async () => {
        if (!root.open) return;
        const isFirst = loading === undefined;
        const { rows, refresh, lock: lockRows } = await (loading ??= load());
        if (isFirst) root.append(...rows);
        lockRows(isLocked);
        await refresh?.();
    });
    /** @param {boolean} locked */
    function lock(locked) {
        isLocked = locked;
        loading?.then((rows) => rows.lock(locked));
    }
    return { root, lock };
}
