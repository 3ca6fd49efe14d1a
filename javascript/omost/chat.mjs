/**
 * The chat: what was said, what is being written, and the box to say more. It shows and asks; `asking.mjs` and
 * `history.mjs` decide. Everything a person or a model wrote is put in as text.
 * @import {ChatAsk, ModelState, PageData, PageState, Told} from "./types"
 */

import { createLog } from "./chat_log.mjs";
import { createCombobox } from "./combobox.mjs";
import { bounded, row, wordButton } from "./controls.mjs";
import { MOST_VARIANTS, isCut, isDrawn, last } from "./conversation.mjs";
import { button, element, fill, setText } from "./dom.mjs";
import { isBusy, writingOf } from "./page_state.mjs";
import { createReplySettings } from "./reply_settings.mjs";
import { t, translated } from "./strings.mjs";

const FULL = 0.5; // of the token budget, from which on it is shown
const WORKING = ["ready", "loaded"]; // states of a model that need no word

/**
 * @param {HTMLElement} root
 * @param {PageData} page what the server told at the start
 * @param {ChatAsk} ask
 */
export function createChat(root, page, ask) {
    const models = createModelChoice(ask);
    const meter = createMeter();
    const progress = createProgress();
    const notice = createNotice("omost-notice", "alert");
    const job = createNotice("omost-told", "status");
    const box = element("textarea", {
        class: "omost-input omost-message",
        rows: 2,
        placeholder: t("What should the picture show? Later: what should change?"),
        "aria-label": t("Message"),
    });
    const log = createLog({ examples: page.examples, ask, choose });
    const write = wordButton(t("Write"), "", () => send(false));
    const writeAndGenerate = wordButton(t("Write & generate"), "omost-primary", () => send(true));
    const count = bounded(element("input", { class: "omost-input omost-count", type: "number", min: 1, max: MOST_VARIANTS, step: 1, value: 1 }));
    count.title = t("How many canvases are written for a message, each different; Generate draws all of them");
    const stop = wordButton(t("Stop"), "omost-stop omost-lesser", ask.stop);
    const retry = wordButton(t("Retry"), "omost-lesser", ask.retry);
    const goOn = wordButton(t("Continue"), "omost-lesser", ask.goOn);
    const undo = wordButton(t("Undo message"), "omost-lesser", ask.undo);
    const clear = wordButton(t("New chat"), "omost-lesser", ask.clear);
    const unload = wordButton(t("Unload the model"), "", ask.unload);
    const settings = createReplySettings(page.sampling);
    const files = createFileRow(ask);
    write.title = t("Write the canvas only (Enter)");
    writeAndGenerate.title = t("Write the canvas, then draw the picture (Ctrl+Enter)");
    retry.title = t("Ask for another reply to the last message");
    goOn.title = t("Go on with the last reply where it ended");
    undo.title = t("Take back the last message with its reply");

    box.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        event.stopPropagation(); // the hosts generate at Ctrl+Enter
        send(event.ctrlKey || event.metaKey);
    });
    const fold = element(
        "details", { class: "omost-more" }, element("summary", { text: t("Reply settings and files") }), settings.root, files.root, row(unload),
    );
    const top = row(models.root, element("label", { class: "omost-inline" }, element("span", { text: t("Variants") }), count));
    // The reply grows below everything that is clicked: nothing moves under the pointer.
    root.append(
        top, box,
        row(writeAndGenerate, write, retry, undo, clear),
        element("div", { class: "omost-controls omost-now" }, stop, progress.root, goOn, meter.root, fold), // Stop stays where it is, whatever is said
        models.note,
        element("div", { class: "omost-talk" }, log.root, element("div", { class: "omost-over" }, notice.root, job.root)),
    );

    /** @param {boolean} generate */
    function send(generate) {
        if (!box.value.trim()) return box.focus();
        if (!write.disabled) ask.write(box.value, { generate, count: count.validity.valid ? count.valueAsNumber || 1 : 1 });
    }

    /** @param {string} text */
    function choose(text) {
        box.value = text;
        box.focus();
    }

    return {
        sampling: settings.values,
        setSampling: settings.set,
        getMessage: () => box.value,
        /** @param {string} text */
        setMessage(text) {
            box.value = text;
        },
        /** The conversation as it stands, or a reply on its way. @param {PageState} state */
        show(state) {
            const [isLocked, round] = [isBusy(state), last(state.conversation)];
            if (round === null) meter.root.hidden = true;
            log.show(state.conversation, writingOf(state), isLocked);
            for (const each of [undo, clear]) each.disabled = round === null || isLocked;
            retry.disabled = undo.disabled || isDrawn(round); // nobody asked for it
            goOn.hidden = isLocked || !isCut(round);
            for (const each of [write, writeAndGenerate]) each.disabled = isLocked;
            models.lock(isLocked);
            files.lock(isLocked);
            stop.hidden = !isLocked;
            fold.hidden = isLocked && !fold.open; // its place is the progress's meanwhile
        },
        /** @param {ModelState[]} list @param {string} chosen one of them */
        showModels(list, chosen) {
            models.show(list, chosen);
            unload.disabled = !list.some((each) => each.state === "loaded");
        },
        showDoing: models.showDoing,
        showProgress: progress.show,
        showMeter: meter.show,
        /** @param {string} text */
        tell(text) {
            notice.show(text);
            if (text) notice.root.scrollIntoView({ block: "nearest" }); // from the editor's buttons it may be far
        },
        /** What the last picture's job had to say. @param {readonly Told[]} told */
        showTold(told) {
            job.show(told.map(({ text }) => text).join("\n"));
            job.root.classList.toggle("omost-refused", told.some((each) => each.is_refusal));
        },
        /** What may be said next: a click sends it. @param {string} text @param {string} message */
        offer(text, message) {
            const send = wordButton(message, "omost-example", () => {
                if (write.disabled) return;
                notice.show("");
                ask.write(message, { generate: false, count: 1 });
            });
            send.title = t("Send this message");
            notice.show(text, row(send));
        },
        focus: () => box.focus(),
        /** A control beside the list of models. @param {HTMLElement} tool */
        addTool: (tool) => top.append(tool),
    };
}

/** Words over the log, until they are closed. @param {string} kind @param {string} role */
function createNotice(kind, role) {
    const root = element("div", { class: kind, role, hidden: true });
    const close = button("remove", t("Close"), () => show(""));

    /** @param {string} text @param {Node[]} more */
    function show(text, ...more) {
        root.hidden = !text;
        root.replaceChildren(element("div", {}, element("span", { text }), ...more), close);
    }

    return { root, show };
}

/** The list of models, each with its state. @param {Pick<ChatAsk, "choose">} ask */
function createModelChoice({ choose }) {
    const { root, show: showChoices, lock } = createCombobox({ label: t("Language model"), choose });
    const hint = element("span", { class: "omost-hint" });
    const warning = element("p", { class: "omost-warning", hidden: true });
    const note = element("div", {}, hint, warning);
    /** @type {{list: ModelState[], chosen: string, doing: string}} */
    let listed = { list: [], chosen: "", doing: "" };
    root.classList.add("omost-models");

    /** @param {ModelState[]} list @param {string} chosen one of them */
    function show(list, chosen) {
        const model = list.find((each) => each.name === chosen);
        hint.textContent = root.title = translated(model?.note ?? "");
        setText(warning, translated(model?.warning ?? ""));
        warning.hidden = !model?.warning;
        hint.hidden = model === undefined || WORKING.includes(model.state); // then it is for who asks
        note.hidden = hint.hidden && warning.hidden;
        showStates({ list, chosen, doing: "" });
    }

    /** What the chosen model does now, in a word of its status. @param {string} doing */
    function showDoing(doing) {
        if (doing !== listed.doing) showStates({ ...listed, doing });
    }

    /** @param {typeof listed} next */
    function showStates(next) {
        listed = next;
        const { list, chosen, doing } = next;
        const stateOf = (/** @type {ModelState} */ { name, state }) => translated((name === chosen && doing) || state);
        showChoices(list.map((each) => ({ name: each.name, label: `${translated(each.label)} · ${stateOf(each)}` })), chosen);
    }

    return { root, note, show, showDoing, lock };
}

/** How full the token budget is. */
function createMeter() {
    const bar = element("progress", { max: 1, value: 0, "aria-label": t("Token budget") });
    const words = element("span", { class: "omost-hint" });
    const root = element("div", {
        class: "omost-meter", hidden: true, title: t("How much of what the language model can remember the chat takes up"),
    }, bar, words);

    /** @param {number} used @param {number} of @param {number} dropped rounds */
    function show(used, of, dropped) {
        root.hidden = dropped === 0 && used / of < FULL; // not before it matters
        bar.value = used / of;
        const left = dropped === 0 ? "" : fill(t("; the {n} oldest rounds are left out"), { n: dropped });
        words.textContent = fill(t("{used} of {of} tokens"), { used, of }) + left;
        root.classList.toggle("omost-full", dropped > 0 || used / of > 0.9);
        if (used / of > 0.9) words.textContent += ". " + t("Edit an earlier message, or begin a new chat.");
    }

    return { root, show };
}

function createProgress() {
    const bar = element("progress", { max: 1, "aria-label": t("Progress") });
    const words = element("span");
    const root = element("div", { class: "omost-progress", role: "status", hidden: true }, bar, words);

    /** Where the reply is; null hides it. `share` is 0 to 1, or null while that is not known.
     * @param {string | null} text @param {number | null} [share] */
    function show(text, share = null) {
        root.hidden = text === null;
        words.textContent = text ?? "";
        if (share === null) bar.removeAttribute("value");
        else bar.value = share;
    }

    return { root, show };
}

/** @param {Pick<ChatAsk, "importFile" | "exportAs">} ask */
function createFileRow(ask) {
    const chosen = element("input", { type: "file", accept: ".md,.json,.txt", hidden: true });
    chosen.addEventListener("change", () => {
        if (chosen.files?.[0]) ask.importFile(chosen.files[0]);
        chosen.value = "";
    });
    const importChat = wordButton(t("Import a chat"), "", () => chosen.click());
    const root = row(
        importChat,
        wordButton(t("Export as Markdown"), "", () => ask.exportAs("md")),
        wordButton(t("Export as JSON"), "", () => ask.exportAs("json")),
        chosen,
    );
    /** @param {boolean} locked */
    const lock = (locked) => void (importChat.disabled = locked);
    return { root, lock };
}
