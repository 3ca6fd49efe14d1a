/**
 * The picture of the program's own page: asked for, followed while it is drawn, and shown with what is told of it.
 * @import {Api, Host} from "./types"
 */

import { newId } from "./api.mjs";
import { row, wordButton } from "./controls.mjs";
import { element, fill } from "./dom.mjs";
import { base64 } from "./files.mjs";
import { wordsOf } from "./guarded.mjs";
import { t, translated } from "./strings.mjs";

/**
 * @param {object} parts
 * @param {Api} parts.api
 * @param {() => Promise<object>} parts.getOrder  what is to be drawn; an error tells why nothing can be
 * @param {() => void} parts.begins  a picture is begun
 */
export function createPicture({ api, getOrder, begins }) {
    const generate = wordButton(t("Generate"), "omost-primary omost-generate", draw);
    const stop = wordButton(t("Stop"), "omost-stop", () => id && api.post("own/stop", { id }).catch((error) => tell(wordsOf(error), true)));
    const bar = element("progress", { max: 1, value: 0, "aria-label": t("Progress") });
    const told = element("span", { class: "omost-hint", role: "status" });
    const picture = element("img", { class: "omost-result", alt: t("The picture"), hidden: true });
    const place = element("div", { class: "omost-result omost-result-place", text: t("The picture appears here.") });
    const info = element("pre", { class: "omost-infotext", tabindex: 0, role: "region", "aria-label": t("Infotext") });
    const infoFold = element("details", { class: "omost-more", hidden: true }, element("summary", { text: t("Infotext") }), info);
    /** @type {string | null} */
    let id = null; // of the picture that is drawn
    /** @type {(() => void)[]} */
    const watchers = [];
    let shown = ""; // the file of the one that is shown, in base64
    const several = element("div", { class: "omost-several", role: "group", "aria-label": t("Pictures of the variants"), hidden: true });
    stop.hidden = bar.hidden = true;

    async function draw() {
        let order;
        generate.disabled = true;
        try {
            order = await getOrder();
        } catch (error) {
            generate.disabled = false;
            return tell(wordsOf(error), true);
        }
        id = newId();
        stop.hidden = bar.hidden = false;
        tell(t("The picture is begun."));
        (picture.hidden ? place : picture).scrollIntoView({ block: "nearest" }); // it may be far below the chat
        begins();
        try {
            await api.follow("own/draw", { id, ...order }, (event) => hear[event.type]?.(event));
        } catch (error) {
            tell(wordsOf(error), true);
        } finally {
            id = null;
            generate.disabled = false;
            stop.hidden = bar.hidden = true;
            bar.value = 0;
        }
        return undefined;
    }

    /** @param {string} words @param {boolean} [isFault] */
    function tell(words, isFault = false) {
        told.textContent = words;
        told.className = isFault ? "omost-notice" : "omost-hint";
    }

    /** Events, as `lib_omost/app/web/picture_routes.py` tells them. @type {Record<string, (event: any) => void>} */
    const hear = {
        progress({ stage, done, total }) {
            tell(total ? `${translated(stage)} ${done}/${total}` : translated(stage));
            bar.value = total ? done / total : 0;
        },
        picture(drawn) {
            if (drawn.number === 0) several.replaceChildren();
            several.hidden = drawn.of < 2;
            if (drawn.of > 1) several.append(smallOf(drawn));
            show(drawn);
        },
        stopped() {
            tell(t("Stopped."));
        },
        failed({ message, hint }) {
            tell([message, hint].filter(Boolean).join(": "), true);
        },
    };

    /** @param {{png: string, seed: number, infotext: string, notes: string[]}} drawn */
    function show({ png, seed, infotext, notes }) {
        shown = png;
        picture.src = `data:image/png;base64,${png}`;
        picture.hidden = infoFold.hidden = false;
        place.hidden = true;
        info.textContent = infotext;
        tell([fill(t("Seed {seed}."), { seed }), ...notes].join(" "));
        for (const told of watchers) told();
    }

    /** One of several, which a click shows. @param {any} drawn */
    function smallOf(drawn) {
        const button = wordButton("", "omost-small", () => show(drawn));
        const label = fill(t("Variant {number}"), { number: drawn.number + 1 });
        button.replaceChildren(element("img", { src: `data:image/png;base64,${drawn.png}`, alt: label }));
        button.title = label;
        return button;
    }

    return {
        parts: [place, picture, several, row(generate, stop), row(bar, told), infoFold],
        tell,
        draw: () => generate.click(),
        isDrawing: () => generate.disabled,
        /** @param {() => void} told of every picture that is drawn from now on */
        watch: (told) => void watchers.push(told),
        /** The picture that is shown. */
        shown: async () => (shown === "" ? null : new Blob([Uint8Array.from(atob(shown), (char) => char.charCodeAt(0))])),
        /** The place of the picture that is not there yet. @param {number} width @param {number} height */
        shape(width, height) {
            place.style.aspectRatio = `${width} / ${height}`;
        },
    };
}

/**
 * A part of the finished picture: which one the next order draws, and of what.
 * @param {Api} api
 * @param {(code: string | null, size: object) => void} set what is drawn from now on
 */
export function createPart(api, set) {
    const what = { redraw: "", place: "" };
    /** @type {Blob | null} */
    let old = null;

    /** @param {Blob | null} picture @param {Partial<typeof what>} next */
    function take(picture, next) {
        if (picture === null) throw new Error(t("There is no picture yet: draw one first."));
        old = picture;
        Object.assign(what, { redraw: "", place: "" }, next);
        return createImageBitmap(picture);
    }

    /** @type {Pick<Host, "redraw" | "extend" | "drawAll">} */
    const host = {
        async redraw(_text, region, picture) {
            await take(picture, { redraw: String(region) });
            set(null, {});
        },
        async extend(text, place, picture) {
            const { code } = await api.post("around", { text, place });
            const { width, height } = await take(picture, { place: place.join(", ") });
            const around = (/** @type {number} */ side, /** @type {number} */ cells) => Math.round((side * 90) / cells / 8) * 8;
            set(code, { width: around(width, place[3] - place[2]), height: around(height, place[1] - place[0]) });
        },
        drawAll() {
            old = null;
            Object.assign(what, { redraw: "", place: "" });
        },
    };
    return { host, what: () => ({ ...what }), order: async () => (old === null ? {} : { old: await base64(old) }) };
}
