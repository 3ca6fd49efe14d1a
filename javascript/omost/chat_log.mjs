/**
 * The log of the chat: rounds with their messages, regions and code, or examples where nothing was said. Everything a
 * person or a model wrote is put in as text.
 * @import {ChatAsk, Conversation, RegionLine, Round, Variant, Writing} from "./types"
 */

import { row, wordButton } from "./controls.mjs";
import { isDrawn, last, wordsOfReply } from "./conversation.mjs";
import { element, fill } from "./dom.mjs";
import { t, translated } from "./strings.mjs";
import { variantsOf } from "./variants.mjs";

const NEAR = 40; // pixels from its end within which the log follows what comes

/**
 * @param {object} parts
 * @param {string[]} parts.examples
 * @param {Pick<ChatAsk, "edit" | "open">} parts.ask
 * @param {(text: string) => void} parts.choose an example
 */
export function createLog({ examples, ask, choose }) {
    /** Messages that somebody words anew, by the numbers of their rounds. @type {Map<number, {of: string, message: HTMLElement, done: HTMLButtonElement}>} */
    const edits = new Map();
    const root = element("div", { class: "omost-log", role: "log", "aria-label": t("Conversation"), tabindex: 0 });

    /** @param {Conversation} conversation @param {Writing | null} writing @param {boolean} isLocked */
    function show(conversation, writing, isLocked) {
        const { activeElement } = document; // it may be of a message that is moved
        const atEnd = root.scrollHeight - root.scrollTop - root.clientHeight < NEAR;
        const rounds = (writing?.before ?? conversation).rounds.map((round, number) => roundOf(round, number, messageOf(round, number, !isLocked && !isDrawn(round))));
        const variants = variantsOf(last(conversation));
        if (writing === null && variants.length) rounds.at(-1)?.append(variantsRow(variants, last(conversation)?.place, isLocked, ask));
        if (writing !== null) rounds.push(roundOf({ ...writing, reply: writing.text }, -1, messageOf(writing, -1, false)));
        else for (const [number, { of }] of edits) if (conversation.rounds[number]?.message !== of) edits.delete(number);
        const isEmpty = rounds.length === 0;
        if (isEmpty) rounds.push(examplesOf(examples, choose));
        keepOpen(root, activeElement, () => root.replaceChildren(...rounds));
        if (isEmpty) root.scrollTop = 0;
        else if (writing !== null) root.scrollTop = root.scrollHeight;
        else if (atEnd) root.scrollTop = rounds[rounds.length - 1].offsetTop - root.offsetTop; // its end, or the message where all has no room
        root.setAttribute("aria-busy", String(writing !== null)); // screen readers wait for its end
    }

    /** One that is worded anew stays as it is. @param {Pick<Round, "message">} round @param {number} number @param {boolean} isEditable */
    function messageOf({ message: of }, number, isEditable) {
        const edit = edits.get(number);
        if (edit?.of === of) {
            edit.done.disabled = !isEditable;
            return edit.message;
        }
        const message = element("div", { class: "omost-said omost-user" }, element("div", { class: "omost-text", dir: "auto", text: of }));
        if (isEditable) message.append(wordButton(t("Edit"), "omost-small", () => wordAnew(message, of, number)));
        return message;
    }

    /** @param {HTMLElement} message @param {string} of @param {number} number */
    function wordAnew(message, of, number) {
        const before = [...message.childNodes];
        const close = () => {
            edits.delete(number);
            message.replaceChildren(...before);
        };
        const box = element("textarea", { class: "omost-input", rows: 3, "aria-label": t("Message") });
        box.value = of;
        const done = wordButton(t("Ask again"), "omost-primary omost-small", () => {
            if (!box.value.trim()) return;
            close();
            ask.edit(number, box.value);
        });
        message.replaceChildren(box, row(done, wordButton(t("Cancel"), "omost-small", close)));
        edits.set(number, { of, message, done });
        box.focus();
    }

    // A button that went with what it did leaves the keyboard to the one in its place.
    root.addEventListener("click", (event) => {
        const there = event.composedPath().find((node) => node instanceof HTMLElement && node.isConnected);
        if (document.activeElement === document.body && there instanceof HTMLElement) there.querySelector("button")?.focus();
    });

    return { root, show };
}

/** @param {string[]} examples @param {(text: string) => void} choose */
function examplesOf(examples, choose) {
    return element(
        "div", { class: "omost-examples" },
        element("p", { text: t("Say what the picture should show, or begin with an example:") }),
        ...examples.map((text) => wordButton(text, "omost-example", () => choose(text))),
    );
}

/** @param {Round} round @param {number} number @param {HTMLElement} message */
function roundOf(round, number, message) {
    const parts = [];
    const said = wordsOfReply(round.reply);
    if (said) parts.push(element("p", { class: "omost-words", dir: "auto", text: said }));
    if (round.regions?.length) parts.push(summaryOf(round.regions));
    else parts.push(element("p", { class: "omost-hint", text: !round.reply ? "…" : number < 0 ? t("No regions yet.") : t("No regions.") }));
    const code = element(
        "details", { class: "omost-code-fold" },
        element("summary", { text: t("Code") }),
        element("pre", { text: round.reply, tabindex: 0, role: "region", "aria-label": t("Code") }),
    );
    code.dataset.round = String(number);
    if (round.reply) parts.push(code);
    return element(
        "div", { class: "omost-round" },
        message, element("div", { class: "omost-said omost-model" }, ...parts),
    );
}

/**
 * A button for each canvas of a message, which opens it.
 * @param {readonly Variant[]} variants @param {number | undefined} place of the one that is open @param {boolean} isLocked
 * @param {Pick<ChatAsk, "open">} ask
 */
function variantsRow(variants, place, isLocked, ask) {
    const buttons = variants.map(({ regions }, number) => {
        const button = wordButton(fill(t("Variant {number}"), { number: number + 1 }), "omost-small", () => ask.open(number));
        button.title = (regions ?? []).map((line) => `${line.name} (${placeOf(line)})`).join("; ");
        button.setAttribute("aria-pressed", String(number === place));
        button.disabled = isLocked;
        return button;
    });
    return element("div", { class: "omost-controls omost-variants", role: "group", "aria-label": t("Variants") }, ...buttons);
}

/** @param {Pick<RegionLine, "place" | "offset">} line */
function placeOf({ place, offset = "" }) {
    return [place, offset].filter(Boolean).map(translated).join(", ");
}

/** @param {readonly RegionLine[]} regions */
function summaryOf(regions) {
    const items = regions.map(({ name, place, offset, color }) => {
        const swatch = element("span", { class: "omost-swatch" });
        swatch.style.background = color;
        return element(
            "li", {},
            swatch,
            element("span", { dir: "auto", text: name || t("a region without a name") }),
            element("span", { class: "omost-hint", title: placeOf({ place, offset }), text: placeOf({ place, offset }) }),
        );
    });
    return element("ul", { class: "omost-summary" }, ...items);
}

/** Redraw the log without closing the code that somebody reads, or losing the keyboard's place. @param {HTMLElement} log @param {Element | null} active @param {() => void} redraw */
function keepOpen(log, active, redraw) {
    const open = new Set([...log.querySelectorAll("details[open]")].map((each) => each instanceof HTMLElement && each.dataset.round));
    const number = [...log.children].findIndex((round) => round.contains(active));
    redraw();
    for (const each of log.querySelectorAll("details")) each.open = open.has(each.dataset.round ?? "");
    const alike = [...(log.children[number]?.querySelectorAll("button") ?? [])].find((each) => each.textContent === active?.textContent);
    const place = log.contains(active) ? active : alike;
    if (place instanceof HTMLElement) place.focus({ preventScroll: true });
}
