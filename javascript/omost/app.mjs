/**
 * The app: a chat beside an editor, over one canvas. Data flows in one circle:
 *
 *     reply, edit, code, file, preset, infotext → take() → editor, code view, the host's text, the conversation
 *
 * The host's text is what pictures are made from; everything else follows it or leads to it.
 */

import { createBar } from "./bar.mjs";
import { createChat } from "./chat.mjs";
import { answer, before, EMPTY, forServer, last, regionLines, restored, undo, withCanvas } from "./conversation.mjs";
import { element, fill } from "./dom.mjs";
import { createEditor } from "./editor.mjs";
import { pickFile, saveFile } from "./files.mjs";
import { receive } from "./reply.mjs";
import { createStore } from "./store.mjs";
import { stateOf, t } from "./strings.mjs";

/**
 * @param {HTMLElement} mount
 * @param {ReturnType<import("./api.mjs").createApi>} api
 * @param {object} host the page around the app: see `webui.mjs` and `own_page.mjs`
 */
export async function startApp(mount, api, host) {
    const page = await api.get("page");
    const store = createStore(host.name);
    const kept = store.read();
    let conversation = restored(kept.conversation);
    let model = kept.model ?? "";
    let canvas = null; // as the user sees it
    let ownText = null; // what we last gave the host or took from it
    let asked = ""; // the message that is being answered
    let stopping = null;
    let readings = 0;

    const chatRoot = element("section", { class: "omost-chat", "aria-label": t("Chat") });
    const editorRoot = element("section", { class: "omost-canvas", "aria-label": t("Canvas") });
    const barRoot = element("section", { class: "omost-foot", "aria-label": t("The next picture") });
    mount.replaceChildren(element("div", { class: "omost-app" }, chatRoot, barRoot, editorRoot));
    mount.classList.add("omost");

    const chat = createChat(chatRoot, page, {
        write: guarded(write),
        stop: () => stopping?.(),
        retry: guarded(() => again(conversation.rounds.length - 1, last(conversation).message)),
        edit: guarded(again),
        undo: guarded(async () => {
            keep(undo(conversation));
            await showLastCanvas();
            chat.focus();
        }),
        clear: guarded(async () => {
            keep(EMPTY);
            await showLastCanvas();
            chat.focus();
        }),
        goOn: guarded(() => {
            const { message, reply } = last(conversation);
            return ask(undo(conversation), message, { begun: reply });
        }),
        importFile: guarded(async (file) => {
            const { rounds } = await api.post("history/read", { text: await file.text() });
            keep(restored({ rounds: await withRegions(rounds) }));
            await showLastCanvas();
        }),
        exportAs: guarded(async (form) => {
            const { text } = await api.post("history/write", { rounds: forServer(conversation), form });
            saveFile(`omost-chat.${form}`, text);
        }),
        unload: guarded(async () => {
            await api.post("unload", {});
            await refreshModels();
        }),
        choose(name) {
            model = name;
            save();
            refreshModels();
        },
    });
    const editor = createEditor({ root: editorRoot, vocabulary: page.vocabulary, t, getSize: host.getSize });
    const bar = createBar(barRoot, host, {
        use: () => {
            host.setEnabled(!host.isEnabled());
            showState();
        },
        sendDraft: () => host.sendDraft(host.getCanvasText()),
        sendCanvas: () => host.sendCanvas(host.getCanvasText()),
        save: () => saveFile("omost-canvas.py", host.getCanvasText()),
        load: guarded(async () => {
            const file = await pickFile(".py,.json,.md,.txt");
            if (file) await takeText(await file.text(), { inConversation: true });
        }),
        presets: {
            names: async () => (await api.get("presets")).names,
            keep: guarded(async (name) => api.post("presets/keep", { name, canvas: await wholeCanvas() })),
            use: guarded(async (name) => take((await api.post("presets/get", { name })).canvas)),
            forget: guarded((name) => api.post("presets/forget", { name })),
        },
    });

    /** Every task of the user's ends in the page's state, or in words that say why not. */
    function guarded(task) {
        return async (...given) => {
            chat.tell("");
            try {
                return await task(...given);
            } catch (error) {
                chat.tell(error.message);
                return undefined;
            }
        };
    }

    function save() {
        store.write({ conversation, model, editor: editor.getState(), sampling: chat.sampling(), message: chat.getMessage() || asked });
    }

    function keep(next) {
        conversation = next;
        chat.show(conversation);
        save();
    }

    async function readCanvas(text) {
        return api.post("read", { text });
    }

    async function withRegions(rounds) {
        const read = await Promise.all(rounds.map((round) => readCanvas(round.reply)));
        return rounds.map((round, number) => ({ ...round, regions: regionLines(read[number].canvas) }));
    }

    /** A canvas from anywhere but the host's text becomes what the user sees, and what the next picture is made from. */
    async function take(next, { fromEditor = false, inConversation = true } = {}) {
        if (next === null) return takeText("");
        canvas = next;
        if (!fromEditor) editor.setCanvas(next);
        ownText = JSON.stringify(next); // so that a picture asked for at once is this one
        host.setCanvasText(ownText);
        const reading = ++readings;
        const { code, words, bags, tokens } = await api.post("write", { canvas: next });
        if (reading !== readings) return; // a newer one has come meanwhile
        ownText = code;
        host.setCanvasText(code);
        editor.setCode(code);
        bar.showSize(bags, tokens);
        if (inConversation) keep(withCanvas(conversation, words, regionLines(next)));
        showState();
        save();
        return undefined;
    }

    /** Code from the code view, a file or an infotext: the host gets it as it is, the editor what can be read of it. */
    async function takeText(text, { inConversation = false } = {}) {
        ownText = text;
        host.setCanvasText(text);
        const reading = ++readings;
        const read = text.trim() ? await readCanvas(text) : { canvas: null, corrections: [], problems: [] };
        if (reading !== readings) return undefined;
        if (read.canvas !== null && text.trimStart().startsWith("{")) return take(read.canvas, { inConversation }); // JSON
        editor.setCode(text, [...read.problems, ...read.corrections]);
        bar.showSize(read.bags ?? null, read.tokens ?? null);
        canvas = read.canvas;
        if (canvas !== null || !text.trim()) editor.setCanvas(canvas, { keepHidden: true });
        if (inConversation && canvas !== null) {
            const { words } = await api.post("write", { canvas });
            keep(withCanvas(conversation, words, regionLines(canvas)));
        }
        showState();
        save();
        return undefined;
    }

    /** What the user sees follows a conversation that was changed; without a canvas pictures are drawn without Omost. */
    async function showLastCanvas() {
        for (const { reply } of [...conversation.rounds].reverse()) {
            const read = await readCanvas(reply);
            if (read.canvas !== null) return take(read.canvas, { inConversation: false });
        }
        host.setEnabled(false);
        return takeText("");
    }

    async function wholeCanvas() {
        if (canvas === null) throw new Error(t("There is no canvas yet: write a message or add a region."));
        return canvas;
    }

    async function write(message, { generate }) {
        asked = message;
        chat.setMessage("");
        const { isKept, isWhole } = await ask(conversation, message, {});
        asked = "";
        if (!isKept && !chat.getMessage()) chat.setMessage(message);
        save();
        if (isWhole && generate && canvas !== null) host.generate();
    }

    async function again(number, message) {
        return ask(before(conversation, number), message, {});
    }

    /** One reply; resolves to whether something of it was kept, and all of it. Errors are told; what had come is kept. */
    async function ask(rounds, message, { begun = "" }) {
        const id = crypto.randomUUID?.() ?? String(Math.random()).slice(2) + Date.now();
        const writing = { message, text: begun, regions: null };
        const draw = perFrame(() => chat.show(rounds, writing));
        let isStopped = false;
        stopping = () => {
            isStopped = true;
            return api.post("stop", { id }).catch((error) => chat.tell(error.message));
        };
        chat.show(rounds, writing);
        chat.showProgress(t("asking the language model"));
        showState();
        const body = { id, rounds: forServer(rounds), message, begun, model, ...chat.sampling() };
        const { text, isWhole } = await receive(api, body, {
            status: (event) => chat.showProgress(stateOf(event), event.total > 0 ? event.done / event.total : null),
            meter: (event) => chat.showMeter(event.used, event.of, event.dropped),
            written(event) {
                writing.text += event.text;
                const speed = event.per_second.toFixed(1);
                chat.showProgress(fill(t("writing: {n} tokens, {speed} a second"), { n: event.tokens, speed }));
                draw();
            },
            canvas(soFar) {
                writing.regions = regionLines(soFar);
                editor.setCanvas(soFar, { writing: true });
                draw();
            },
            note: chat.tell,
        });
        stopping = null;
        showState();
        draw.cancel();
        chat.showProgress(null);
        const isKept = await finish(rounds, message, text, isWhole && !isStopped);
        return { isKept, isWhole: isWhole && !isStopped };
    }

    async function finish(rounds, message, reply, isWhole) {
        if (!reply) {
            editor.setCanvas(canvas);
            chat.show(conversation);
            return false;
        }
        const read = await readCanvas(reply);
        keep(answer(rounds, message, reply, regionLines(read.canvas)));
        if (read.canvas === null) {
            editor.setCanvas(canvas);
            if (isWhole) chat.tell(t("This reply holds no canvas. Continue it, retry, or say it in other words."));
            return true;
        }
        await take(read.canvas, { inConversation: false });
        host.setEnabled(true);
        showState();
        refreshModels();
        return true;
    }

    async function refreshModels() {
        try {
            const { models, chosen } = await api.get("models");
            model = chat.showModels(models, model || chosen);
        } catch (error) {
            chat.tell(error.message);
        }
    }

    function showState() {
        bar.showState({ enabled: host.isEnabled(), regions: canvas?.regions.length ?? null, writing: stopping !== null, ...host.settings() });
    }

    editor.onChange((next, { final }) => {
        if (final) guarded(() => take(next, { fromEditor: true }))();
    });
    editor.onCode((text) => guarded(() => takeText(text, { inConversation: true }))());

    chat.setSampling(kept.sampling ?? {});
    chat.setMessage(kept.message ?? "");
    chat.show(conversation);
    const textOfHost = host.getCanvasText();
    if (textOfHost.trim()) await guarded(() => takeText(textOfHost))();
    else if (kept.editor) {
        editor.setState(kept.editor);
        canvas = editor.getCanvas();
        if (canvas !== null) await guarded(() => take(canvas, { fromEditor: true, inConversation: false }))();
    } else {
        editor.setState({ ...editor.getState(), snapToWords: page.options.snap_to_words });
        await takeText("");
    }
    host.watch(() => {
        editor.redraw();
        showState();
        if (stopping === null && host.getCanvasText() !== ownText) guarded(() => takeText(host.getCanvasText()))();
    });
    window.addEventListener("pagehide", save);
    showState();
    await refreshModels();
}

/** Calls `draw` at most once a frame. */
function perFrame(draw) {
    let frame = 0;
    const later = () => {
        frame ||= requestAnimationFrame(() => {
            frame = 0;
            draw();
        });
    };
    later.cancel = () => cancelAnimationFrame(frame);
    return later;
}
