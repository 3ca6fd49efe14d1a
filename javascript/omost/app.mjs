/**
 * The app: a chat beside an editor, over one canvas. The page has one state (`page_state.mjs`); here is only what joins it
 * to those who show it and those who ask:
 *
 *     the user, the server, the host ─► asking, taking, history, models ─► go(event) ─► the next state ─► show()
 *
 * The editor alone is told by those four themselves, since it has a past of its own.
 * @import {Api, Host, Kept, PageData, PageState, Parts} from "./types"
 */

import { createAsking } from "./asking.mjs";
import { createBar } from "./bar.mjs";
import { canvasActions } from "./canvas_actions.mjs";
import { createChat } from "./chat.mjs";
import { wordButton } from "./controls.mjs";
import { element, perFrame } from "./dom.mjs";
import { last } from "./conversation.mjs";
import { createDrawing } from "./drawing.mjs";
import { createEditor } from "./editor.mjs";
import { createFinished } from "./finished.mjs";
import { takeDropped } from "./files.mjs";
import { createGuard, wordsOf } from "./guarded.mjs";
import { createHistory } from "./history.mjs";
import { createModels } from "./models.mjs";
import { createOverlay } from "./overlay.mjs";
import { createPage } from "./page.mjs";
import { createReferences } from "./reference.mjs";
import { begun, isBusy, unansweredOf, wasRefused, writingOf } from "./page_state.mjs";
import { createSight } from "./sight.mjs";
import { shareSnap } from "./snap.mjs";
import { createStore } from "./store.mjs";
import { t } from "./strings.mjs";
import { createTaking } from "./taking.mjs";
import { variantLines, variantsOf } from "./variants.mjs";

/**
 * @param {HTMLElement} mount
 * @param {Api} api
 * @param {Host} host the page around the app: see `webui.mjs` and `own_panel.mjs`
 */
export async function startApp(mount, api, host) {
    /** @type {PageData} */
    const data = await api.get("page");
    const store = createStore(host.name);
    /** @type {Kept} */
    const kept = store.read();
    const { app, chatRoot, barRoot, editorRoot } = layOut(mount);

    const page = createPage(begun(kept, host.getCanvasText()), show);
    const guarded = createGuard((text) => chat.tell(text));
    const chat = createChat(chatRoot, data, {
        write: guarded((message, how) => asking.write(message, how)), stop: guarded(() => asking.stop()), goOn: guarded(() => asking.goOn()),
        open: guarded((variant) => asking.open(variant)), retry: guarded(() => asking.retry()), edit: guarded((number, message) => asking.edit(number, message)),
        undo: guarded(() => history.undo()), clear: guarded(() => history.clear()),
        importFile: guarded((file) => history.importFile(file)), exportAs: guarded((form) => history.exportAs(form)),
        choose: guarded((name) => models.choose(name)), unload: guarded(() => models.unload()),
    });
    const loraNames = () => api.get("loras");
    const redraw = guarded(async (/** @type {number} */ number) => {
        await taking.pending();
        await host.redraw(host.getCanvasText(), number, await host.getPicture());
        showBar();
    });
    const references = createReferences(api);
    const editor = createEditor({ root: editorRoot, vocabulary: data.vocabulary, getSize: host.getSize, loraNames, references, redraw });
    const finished = createFinished(host);
    finished.watch(({ why, isGrid }) => editor.forbidRedraw(host.name === "img2img" && !isGrid ? "" : why));
    void finished.look();
    editorRoot.addEventListener("pointerenter", finished.lookAgain); // it may come late
    createOverlay({ editor, finished, tell: (text) => chat.tell(text) });
    /** @type {Promise<ReturnType<typeof import("./large.mjs").createLarge>> | undefined} */
    let large; // not fetched before
    const toggle = wordButton(t("Large view"), "omost-lesser", guarded(async () => {
        large ??= import("./large.mjs").then(({ createLarge }) => createLarge({ toggle, mount, host, finished }));
        (await large).flip();
    }));
    toggle.title = t("Chat, boxes and picture together, over the whole window (Escape leads back)");
    chat.addTool(toggle);
    const sight = createSight({ page, api, host, chat });
    const tell = (/** @type {string} */ text) => chat.tell(text);
    const actions = canvasActions({ page, api, host, guarded, getTaking: () => taking, showBar, sight, tell });
    const bar = createBar(barRoot, host, actions);
    const taking = createTaking({ page, api, host, editor, bar });
    const asking = createAsking({ page, api, host, chat, editor, taking });
    const history = createHistory({ page, api, chat, taking });
    const models = createModels({ page, api, chat, bar, sight });
    const drawing = createDrawing({ page, api, host });
    const showChat = () => chat.show(page.state);
    const showChatSoon = perFrame(showChat);

    /** @param {PageState} state @param {PageState} before */
    function show(state, before) {
        if (state.text !== before.text) host.setCanvasText(state.text);
        if (state.told !== before.told) {
            chat.showTold(state.told);
            if (!wasRefused(state)) delete mount.dataset.refused;
        }
        if (state.conversation !== before.conversation) host.setVariants(variantLines(state.conversation));
        if (writingOf(before) && writingOf(state)) return showChatSoon();
        if (state.conversation !== before.conversation || state.phase !== before.phase) showChat();
        if (isBusy(before) && !isBusy(state)) {
            if (unansweredOf(state)) chat.setMessage([unansweredOf(state), chat.getMessage()].filter(Boolean).join("\n\n"));
            models.refresh().catch(() => {}); // what went wrong has been told
        }
        showBar();
        return save();
    }

    function showBar() {
        const regions = page.state.canvas?.regions.length ?? null;
        const { drawnWith } = page.state;
        const canvases = variantsOf(last(page.state.conversation)).length || 1;
        bar.showState({ enabled: host.isEnabled(), regions, isEmpty: regions === null && !page.state.text.trim(), writing: isBusy(page.state), drawing: host.isDrawing(), wasRefused: host.isEnabled() && wasRefused(page.state), drawnWith, canvases, ...host.settings() });
        host.lock?.(isBusy(page.state));
    }

    function save() {
        const { conversation, model, text } = page.state;
        const message = chat.getMessage() || unansweredOf(page.state);
        store.write({ conversation, model, text, editor: editor.getState(), sampling: chat.sampling(), message });
    }

    function leave() {
        const { activeElement } = document;
        if (activeElement instanceof HTMLElement && mount.contains(activeElement)) activeElement.blur(); // its text is taken in
        save();
    }

    async function takeWhatIsThere() {
        const { text } = page.state;
        const isKept = text === kept.text; // the editor knows more of it: what is hidden, and what was being typed
        if (isKept || !text.trim()) editor.setState(kept.editor ?? editor.getState());
        if (isKept) editor.setCode(text); // seen with the boxes, before the server has read it
        const canvas = editor.getCanvas();
        return text.trim() && !(isKept && canvas && kept.editor?.unsettled) ? taking.infotext(text) : taking.edit(canvas);
    }

    editor.onChange((canvas, { final }) => void (final && guarded(taking.edit)(canvas)));
    editor.onCode(guarded(taking.text));
    takeDropped(app, actions.take);
    chat.setSampling(kept.sampling ?? {});
    chat.setMessage(kept.message ?? "");
    showChat();
    host.setVariants(variantLines(page.state.conversation));
    const taken = guarded(takeWhatIsThere)();
    shareSnap(editor, data.options.snap_to_words); // before anyone can choose
    await taken;
    const follow = following({ page, host, editor }, guarded(taking.infotext));
    host.watch(() => {
        editor.redraw();
        drawing.look();
        showBar();
        taking.measureAnew().catch(() => {}); // what the texts hold is told elsewhere
        void follow();
    });
    window.addEventListener("pagehide", leave);
    showBar();
    await Promise.all([models.refresh(), drawing.refresh()].map((asked) => asked.catch((error) => chat.tell(wordsOf(error)))));
}

/** What the other tab sends: a canvas, and the region of it that is redrawn.
 * @param {Pick<Parts, "page" | "host" | "editor">} parts @param {(text: string) => Promise<unknown>} take */
function following({ page, host, editor }, take) {
    let redrawn = "";
    return async () => {
        const isOther = host.getCanvasText() !== page.state.text;
        if (isOther) await take(host.getCanvasText());
        const { redraw = "" } = host.settings();
        if ((isOther || redraw !== redrawn) && Number(redraw) > 0) editor.select(Number(redraw) - 1);
        redrawn = redraw;
    };
}

/** @param {HTMLElement} mount */
function layOut(mount) {
    const chatRoot = element("section", { class: "omost-chat", "aria-label": t("Chat") });
    const barRoot = element("section", { class: "omost-foot", "aria-label": t("The next picture") });
    const editorRoot = element("section", { class: "omost-canvas", "aria-label": t("Canvas") });
    const app = element("div", { class: "omost-app" }, chatRoot, barRoot, editorRoot);
    mount.replaceChildren(app);
    mount.classList.add("omost");
    return { app, chatRoot, barRoot, editorRoot };
}
