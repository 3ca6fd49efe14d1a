/**
 * The chat: what was said, what is being written, and the box to say more. It shows and asks; `app.mjs` decides.
 * Everything a person or a model wrote is put in as text.
 */

import { labelled, row, wordButton } from "./controls.mjs";
import { element, fill } from "./dom.mjs";
import { t, translated } from "./strings.mjs";

/**
 * @param {HTMLElement} root
 * @param {{examples: string[], sampling: object}} page what the server told at the start
 * @param {object} ask what the user may ask for: write(message, {generate}), stop(), retry(), edit(number, message),
 *     undo(), clear(), goOn(), importFile(file), exportAs(form), unload(), choose(model)
 */
export function createChat(root, page, ask) {
    const models = element("select", { class: "omost-input omost-models", "aria-label": t("Language model") });
    const modelNote = element("span", { class: "omost-hint" });
    const log = element("div", { class: "omost-log", role: "log", "aria-label": t("Conversation"), tabindex: 0 });
    const meter = element("div", {
        class: "omost-meter", hidden: true, title: t("How much of what the language model can remember the chat takes up"),
    });
    const meterBar = element("progress", { max: 1, value: 0, "aria-label": t("Token budget") });
    const meterText = element("span", { class: "omost-hint" });
    const progress = element("div", { class: "omost-progress", role: "status", hidden: true });
    const progressBar = element("progress", { max: 1, "aria-label": t("Progress") });
    const progressText = element("span");
    const notice = element("div", { class: "omost-notice", role: "alert", hidden: true });
    const box = element("textarea", {
        class: "omost-input omost-message",
        rows: 3,
        placeholder: t("What should the picture show? Later: what should change?"),
        "aria-label": t("Message"),
    });
    const write = wordButton(t("Write"), "", () => send(false));
    const writeAndGenerate = wordButton(t("Write & generate"), "omost-primary", () => send(true));
    const stop = wordButton(t("Stop"), "omost-stop", ask.stop);
    const retry = wordButton(t("Retry"), "", ask.retry);
    const goOn = wordButton(t("Continue"), "", ask.goOn);
    const undo = wordButton(t("Undo message"), "", ask.undo);
    const clear = wordButton(t("New chat"), "", ask.clear);
    const unload = wordButton(t("Unload the model"), "", ask.unload);
    const options = settings(page.sampling);
    write.title = t("Write the canvas only (Enter)");
    writeAndGenerate.title = t("Write the canvas, then draw the picture (Ctrl+Enter)");
    retry.title = t("Ask for another reply to the last message");
    goOn.title = t("Go on with the last reply where it ended");
    undo.title = t("Take back the last message with its reply");

    meter.append(meterBar, meterText);
    progress.append(progressBar, progressText);
    models.addEventListener("change", () => ask.choose(models.value));
    box.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        event.stopPropagation(); // the hosts generate at Ctrl+Enter
        send(event.ctrlKey || event.metaKey);
    });
    root.append(
        row(models, modelNote),
        log, meter, progress, notice, box,
        row(writeAndGenerate, write, stop),
        element("div", { class: "omost-controls omost-lesser" }, retry, goOn, undo, clear),
        element(
            "details", { class: "omost-more" },
            element("summary", { text: t("Reply settings and files") }),
            options.element, fileRow(ask), row(unload),
        ),
    );

    function send(generate) {
        if (!write.disabled && box.value.trim()) ask.write(box.value, { generate });
    }

    return {
        sampling: options.values,
        setSampling: options.set,
        getMessage: () => box.value,
        setMessage(text) {
            box.value = text;
        },
        /** The conversation as it stands; `writing` is a reply on its way: `{message, text, regions}`. */
        show(conversation, writing = null) {
            const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
            const rounds = conversation.rounds.map((round, number) => roundOf(round, number, writing === null, ask));
            if (writing !== null) rounds.push(roundOf({ ...writing, reply: writing.text }, -1, false, ask));
            if (rounds.length === 0) rounds.push(examplesOf(page.examples, box));
            keepOpen(log, () => log.replaceChildren(...rounds));
            const nothing = conversation.rounds.length === 0;
            if (nothing && writing === null) log.scrollTop = 0;
            else if (atEnd || writing !== null) log.scrollTop = log.scrollHeight;
            for (const each of [retry, goOn, undo, clear]) each.disabled = nothing || writing !== null;
            for (const each of [write, writeAndGenerate, models]) each.disabled = writing !== null;
            stop.hidden = writing === null;
            log.setAttribute("aria-busy", String(writing !== null)); // screen readers wait for its end
        },
        showModels(list, chosen) {
            models.replaceChildren(...list.map((each) => new Option(`${each.label} · ${translated(each.state)}`, each.name)));
            models.value = list.some((each) => each.name === chosen) ? chosen : (list[0]?.name ?? "");
            modelNote.textContent = translated(list.find((each) => each.name === models.value)?.note ?? "");
            unload.disabled = !list.some((each) => each.state === "loaded");
            return models.value;
        },
        /** Where the reply is; null hides it. `share` is 0 to 1, or null while that is not known. */
        showProgress(text, share = null) {
            progress.hidden = text === null;
            progressText.textContent = text ?? "";
            if (share === null) progressBar.removeAttribute("value");
            else progressBar.value = share;
        },
        showMeter(used, of, dropped) {
            meter.hidden = false;
            meterBar.value = used / of;
            const left = dropped === 0 ? "" : fill(t("; the {n} oldest rounds are left out"), { n: dropped });
            meterText.textContent = fill(t("{used} of {of} tokens"), { used, of }) + left;
            meter.classList.toggle("omost-full", dropped > 0 || used / of > 0.9);
            if (used / of > 0.9) meterText.textContent += ". " + t("Edit an earlier message, or begin a new chat.");
        },
        tell(text) {
            notice.hidden = !text;
            notice.textContent = text ?? "";
        },
        focus: () => box.focus(),
    };
}

function examplesOf(examples, box) {
    const choose = (text) => () => {
        box.value = text;
        box.focus();
    };
    return element(
        "div", { class: "omost-examples" },
        element("p", { text: t("Say what the picture should show, or begin with an example:") }),
        ...examples.map((text) => wordButton(text, "omost-example", choose(text))),
    );
}

function roundOf(round, number, isEditable, ask) {
    const words = element("div", { class: "omost-text", dir: "auto", text: round.message });
    const message = element("div", { class: "omost-said omost-user" }, words);
    if (isEditable) message.append(editButton(message, round, number, ask));
    const parts = [];
    if (round.regions?.length) parts.push(summaryOf(round.regions));
    else parts.push(element("p", { class: "omost-hint", text: round.reply ? t("No regions yet.") : "…" }));
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

function summaryOf(regions) {
    const items = regions.map(({ name, place, color }) => {
        const swatch = element("span", { class: "omost-swatch" });
        swatch.style.background = color;
        return element(
            "li", {},
            swatch,
            element("span", { dir: "auto", text: name || t("a region without a name") }),
            element("span", { class: "omost-hint", text: translated(place) }),
        );
    });
    return element("ul", { class: "omost-summary" }, ...items);
}

function editButton(message, round, number, ask) {
    const edit = wordButton(t("Edit"), "omost-small", () => {
        const box = element("textarea", { class: "omost-input", rows: 3, "aria-label": t("Message") });
        box.value = round.message;
        const done = wordButton(t("Ask again"), "omost-primary omost-small", () => ask.edit(number, box.value));
        const cancel = wordButton(t("Cancel"), "omost-small", () => message.replaceChildren(...before));
        const before = [...message.childNodes];
        message.replaceChildren(box, row(done, cancel));
        box.focus();
    });
    return edit;
}

/** Redraw the log without closing the code that somebody reads. */
function keepOpen(log, redraw) {
    const open = new Set([...log.querySelectorAll("details[open]")].map((each) => each.dataset.round));
    redraw();
    for (const each of log.querySelectorAll("details")) each.open = open.has(each.dataset.round);
}

function settings(defaults) {
    const inputs = {
        temperature: number(defaults.temperature, 0, 2, 0.05),
        top_p: number(defaults.top_p, 0.05, 1, 0.05),
        max_new_tokens: number(defaults.max_new_tokens, 64, 16384, 64),
        seed: number("", 0, 2 ** 31 - 1, 1),
    };
    inputs.seed.placeholder = t("a new one");
    inputs.temperature.placeholder = t("the model's");
    const labels = {
        temperature: t("Temperature"), top_p: t("Top-p"), max_new_tokens: t("Longest reply (tokens)"), seed: t("Seed of the reply"),
    };
    return {
        element: element(
            "div", { class: "omost-fields" },
            ...Object.entries(inputs).map(([name, input]) => labelled(labels[name], input)),
        ),
        values() {
            const given = {};
            for (const [name, input] of Object.entries(inputs)) {
                if (input.value !== "" && input.validity.valid) given[name] = Number(input.value);
            }
            return given;
        },
        set(values) {
            for (const [name, input] of Object.entries(inputs)) if (name in values) input.value = values[name];
        },
    };
}

function number(value, min, max, step) {
    return element("input", { class: "omost-input", type: "number", value: value ?? "", min, max, step });
}

function fileRow(ask) {
    const chosen = element("input", { type: "file", accept: ".md,.json,.txt", hidden: true });
    chosen.addEventListener("change", () => {
        if (chosen.files[0]) ask.importFile(chosen.files[0]);
        chosen.value = "";
    });
    return row(
        wordButton(t("Import a chat"), "", () => chosen.click()),
        wordButton(t("Export as Markdown"), "", () => ask.exportAs("md")),
        wordButton(t("Export as JSON"), "", () => ask.exportAs("json")),
        chosen,
    );
}
