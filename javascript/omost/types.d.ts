/** The data that the modules share. Read by people and type checkers alone; no page loads it. */

/** Top, bottom, left, right in cells of the grid, half-open; y grows down. */
export type Rect = [number, number, number, number];

/** 1 for each edge of a `Rect` that a gesture moves, else 0. */
export type Edges = [number, number, number, number];

/** What the server knows; nothing of it is copied into a script. */
export interface Vocabulary {
    /** Cells along each side. */
    grid: number;
    /** Centre x, y. */
    locations: Record<string, [number, number]>;
    /** dx, dy. */
    offsets: Record<string, [number, number]>;
    /** Width, height. */
    areas: Record<string, [number, number]>;
    /** Red, green, blue, 0…255. */
    colors: Record<string, [number, number, number]>;
    limits: { regions: number; items: number };
}

export interface Words {
    location: string;
    offset: string;
    area: string;
}

/** `free_rect` is null where the words say it all; else they are the nearest ones. */
export interface Place extends Words {
    free_rect: Rect | null;
}

export interface Whole {
    description: string;
    detailed_descriptions: string[];
    tags: string;
    color_name: string;
}

/** `weight` is of its image part; `text_weight` of its text encoder's part, where it is another. */
export interface Lora {
    name: string;
    weight: number;
    text_weight?: number;
}

/** A picture that a region follows beside its words, by its name on the server. */
export interface Reference {
    picture: string;
    /** How much it counts, 0 to 2; 1 where it is not there. */
    weight?: number;
}

/** Where reference pictures are kept. */
export interface References {
    /** Keeps a picture and gives its name. */
    keep(file: Blob): Promise<string>;
    urlOf(name: string): string;
    /** Why the next picture's regions can have none, or nothing. */
    reason(): Promise<string>;
}

/** What a region has beyond Omost's own format; what is not there says nothing. */
export interface Extras {
    /** Those that hold in this region alone. */
    loras?: Lora[];
    /** What the region must not show: one line, as a negative prompt. */
    negative?: string;
    /** How much its words count beside others, 0 to 2; 1 where it is not there. */
    weight?: number;
    /** Over how many cells words and LoRA fade. */
    edge?: number;
    /** Its shape within its rectangle, as `mask.mjs` reads it. */
    mask?: string;
    reference?: Reference;
}

export interface CanvasRegion extends Place, Whole, Extras {
    distance_to_viewer: number;
    atmosphere: string;
    style: string;
    quality_meta: string;
}

/** As `lib_omost/canvas/json_form.py` writes it. */
export interface Canvas extends Whole {
    /** What must not be seen; it goes to the negative prompt. */
    absent?: string[];
    regions: CanvasRegion[];
}

/** The `id` stays the same while the region changes; `hidden` is for a trial. */
export interface Region extends CanvasRegion {
    id: number;
    hidden: boolean;
}

/** The canvas as the editor holds it. It is never changed in place. */
export interface Doc extends Whole {
    absent?: string[];
    regions: Region[];
}

/** What the parts of the editor show; while a model writes it is `locked`. */
export interface View {
    doc: Doc | null;
    /** Id of a region; null is the whole picture. */
    selected: number | null;
    locked: boolean;
}

/** Of the code; lines count from 1. */
export interface Problem {
    line: number;
    message: string;
    expected?: string;
}

/** What `getState` gives and `setState` takes. */
export interface State {
    version: 1;
    doc: Doc | null;
    selected: number | null;
    snapToWords: boolean;
    codeOpen: boolean;
    /** It holds what was still being typed. */
    unsettled: boolean;
}

/** What a press on the picture does to the selected region's mask; null is nothing. */
export type Tool = "paint" | "erase" | null;

export interface StageActions {
    select(id: number | null): void;
    /** A gesture got as far as dx, dy cells. */
    preview(id: number, edges: Edges, dx: number, dy: number): void;
    /** The gesture is over, and what it shows stays. */
    keep(): void;
    /** The gesture is over, and all is as before it. */
    cancel(): void;
    /** One key press. */
    step(id: number, edges: Edges, dx: number, dy: number): void;
    /** The key was let go. */
    settle(): void;
    remove(id: number): void;
    /** The region has these cells of the grid; with `keyed` as one of many steps that end in `settle`. */
    shape(id: number, cells: Uint8Array, keyed: boolean): void;
    /** The region is all of its rectangle again. */
    unshape(id: number): void;
}

export interface LayerActions {
    select(id: number | null): void;
    add(): void;
    duplicate(id: number): void;
    remove(id: number): void;
    hide(id: number, hidden: boolean): void;
    /** The position in the list, where 0 is the nearest. */
    moveInDepth(id: number, position: number): void;
}

/** The id is null for the whole picture. */
export interface FormActions {
    /** While typing, as `editItem`. */
    edit(id: number | null, field: string, value: string | number): void;
    /** What the whole picture must not show, between commas. */
    forbid(text: string): void;
    /** What a region has beyond Omost's own format; what is no value of it is put right. */
    dress(id: number, extras: Extras): void;
    editItem(id: number | null, index: number, text: string): void;
    /** Typing is over. */
    settle(): void;
    /** A place in words. */
    say(id: number, words: Partial<Words>): void;
    addItem(id: number | null, index: number): void;
    removeItem(id: number | null, index: number): void;
}

/** How long a canvas's texts are for the text encoder; null while no checkpoint is loaded. */
export interface Size {
    bags: number | null;
    tokens: number | null;
    limit: number | null;
    /** Why that is no more than an estimate. */
    estimate: "" | "tokenizer" | "choices";
}

/** One line about a region of a reply's canvas. */
export interface RegionLine {
    name: string;
    /** Its location, in a word of the vocabulary. */
    place: string;
    /** In a word of the vocabulary, where there is one. */
    offset?: string;
    /** A colour's name. */
    color: string;
}

/** A message and its reply. */
export interface Round {
    readonly message: string;
    readonly reply: string;
    /** Null where nothing is known of a canvas. */
    readonly regions: readonly RegionLine[] | null;
    /** The canvas that stood after this round, as code, where the reply is not just that. */
    readonly code?: string;
    /** Other canvases for the same message, and where among them this one stands. */
    readonly others?: readonly Variant[];
    readonly place?: number;
}

/** One of several canvases for a message. */
export interface Variant {
    readonly reply: string;
    readonly regions: readonly RegionLine[] | null;
    /** Null for the one on the page. */
    readonly canvas: Canvas | null;
}

/** Finished rounds, oldest first. It is never changed in place. */
export interface Conversation {
    readonly rounds: readonly Round[];
}

/** What the language model is asked: a message, the rounds before it, and what of its reply is there already. */
export interface Question {
    readonly before: Conversation;
    readonly message: string;
    readonly begun: string;
    /** Replies to the same message that the new one is to differ from, the one beside it last. */
    readonly unlike?: readonly string[];
    /** Canvases for the same message that the new round keeps. */
    readonly others?: readonly Variant[] | undefined;
}

export interface Idle {
    readonly name: "idle";
    /** How the last reply ended. */
    readonly after: "nothing" | "whole" | "stopped" | "failed";
    /** A message that got no reply and stands in no round: the user's again. */
    readonly unanswered: string;
}

/** A reply that has ended is kept; what the server reads in it is still to come. */
export interface Taking {
    readonly name: "taking";
    readonly after: Idle["after"];
    readonly unanswered: string;
    /** As of `Writing`. */
    readonly pasted: string | null;
}

export interface Writing extends Question {
    readonly name: "writing";
    readonly id: string;
    /** So far. */
    readonly text: string;
    /** So far; null while nothing of it has come. */
    readonly canvas: Canvas | null;
    readonly regions: readonly RegionLine[] | null;
    readonly isStopped: boolean;
    /** The message stands in no round yet. */
    readonly isNew: boolean;
    /** A text that came into the host's box meanwhile; it is taken after the reply. */
    readonly pasted: string | null;
}

/** All that the page is about, as one frozen value: see `page_state.mjs`. */
export interface PageState {
    readonly conversation: Conversation;
    /** As the user sees it, without hidden regions. */
    readonly canvas: Canvas | null;
    /** What the host's canvas box holds as far as the page knows; pictures are made from it. */
    readonly text: string;
    /** The language model that the user chose; "" is the one of the settings. */
    readonly model: string;
    readonly phase: Idle | Writing | Taking;
    readonly drawnWith: ChosenModel;
    /** By the last picture's job. */
    readonly told: readonly Told[];
}

/** What a WebUI's job said. */
export interface Told {
    readonly text: string;
    /** No picture came of the job. */
    readonly is_refusal: boolean;
}

/** The model that the next picture is drawn with. */
export interface ChosenModel {
    /** Null while none is chosen, and where the page has none of its own. */
    readonly name: string | null;
    /** Whether regions can steer it; null where that cannot be told before it is loaded. */
    readonly has_regions: boolean | null;
    /** Why not, and what to do. */
    readonly reason: string;
    /** Those that it can do, its own first; none where that is not known. */
    readonly methods?: readonly string[];
}

/** A function from one state and one event to the next. */
export type PageEvent<Given extends unknown[]> = (state: PageState, ...given: Given) => PageState;

/** The state now, and the one way to the next: `go` shows it too. */
export interface Page {
    readonly state: PageState;
    go<Given extends unknown[]>(event: PageEvent<Given>, ...given: Given): void;
}

/** The page around the app: that of a WebUI (`webui.mjs`) or of the program by itself (`own_panel.mjs`). */
export interface Host {
    /** Under which the browser keeps the chat: never a translated word. */
    name: string;
    /** What the user calls the place that pictures are drawn in. */
    title: string;
    /** The tab that a canvas may be sent to, "" without one. */
    other: string;
    /** Of the picture, in pixels. */
    getSize(): { width: number; height: number };
    getCanvasText(): string;
    setCanvasText(text: string): void;
    /** Canvases that are drawn beside that one, a line each; "" for none. */
    setVariants(lines: string): void;
    /** While a reply is written the host itself takes in no canvas. */
    lock?(locked: boolean): void;
    isEnabled(): boolean;
    setEnabled(enabled: boolean): void;
    /** `redraw` is the region that alone is drawn, `place` where the picture lies around which is drawn; "" for all of it. */
    /** `literal`: signs in regions' words are just that. `style`: of their tags. */
    settings(): { method: string; draft: boolean; literal: boolean; style: string; redraw: string; place: string };
    generate(): void;
    isDrawing(): boolean;
    /** The last picture that was drawn, of several the one that is chosen; null when there is none. */
    getPicture(): Promise<Blob | null>;
    /** Calls back when another picture was drawn, or another one of several opened. */
    onPicture(changed: () => void): void;
    /** Compares a picture with a canvas without a model's eyes, null where the host cannot. */
    compare: ((picture: Blob, canvas: Canvas) => Promise<Checked>) | null;
    /** Makes a region of a finished picture what the next job draws, by its number; null is the picture that is there. */
    redraw(text: string, region: number, picture: Blob | null): Promise<void>;
    /** Makes a finished picture one that lies on a place of a larger canvas, around which the next job draws. */
    extend(text: string, place: Rect, picture: Blob | null): Promise<void>;
    /** The next picture is drawn as a whole again; null where it always is. */
    drawAll: (() => void) | null;
    sendCanvas: ((text: string) => Promise<void>) | null;
    sendDraft: ((text: string) => Promise<void>) | null;
    /** Calls back when something that the app shows has changed. */
    watch(changed: () => void): unknown;
    /** What a WebUI alone has; the switch is in the header of its accordion. */
    webui: {
        /** Calls back with what a job had to say, when it has ended. */
        onJobEnd(ended: (told: Told[]) => void): void;
        /** The checkpoint as the page shows it. */
        getCheckpoint(): string;
    } | null;
}

/** A region by number, from 1: what is seen in its place, and the change that may mend it, "" for none. */
export interface Amiss {
    number: number;
    seen: string;
    change: string;
}

/** `message` asks for all the changes, "" when there are none. */
export interface Checked {
    amiss: Amiss[];
    message: string;
}

/** One of many: what it is called by the server, and by people. */
export interface Choice {
    readonly name: string;
    readonly label: string;
}

/** `found` are those that are listed, null while the list is closed; `at` is where the keys are in it, -1 for nowhere. */
export interface ComboboxState {
    readonly choices: readonly Choice[];
    readonly chosen: string;
    readonly typed: string;
    readonly found: readonly Choice[] | null;
    readonly at: number;
}

export interface ModelState {
    name: string;
    label: string;
    state: string;
    note: string;
    /** What its owner should think of before others use it. */
    warning?: string;
}

/** What the server tells at the start. */
export interface PageData {
    vocabulary: Vocabulary;
    examples: string[];
    sampling: Record<string, number | null>;
    options: { snap_to_words: boolean };
}

/** What the browser keeps between two visits. */
export interface Kept {
    conversation?: unknown;
    model?: string;
    editor?: Partial<State>;
    /** In the host's box, with that editor. */
    text?: string;
    sampling?: Record<string, number>;
    message?: string;
}

/** Events of a reply, as `lib_omost/chat/service/events.py` writes them. */
export interface ReplyStatus {
    text: string;
    phase: string;
    done: number;
    total: number;
}

export interface ReplyMeter {
    used: number;
    of: number;
    dropped: number;
}

export interface ReplyText {
    text: string;
    tokens: number;
    per_second: number;
}

/** Who shows a reply as it comes. */
export interface ReplyShow {
    status(event: ReplyStatus): void;
    meter(event: ReplyMeter): void;
    written(event: ReplyText): void;
    /** `isChange`: it is the canvas before the message with changes. */
    canvas(canvas: Canvas, isChange: boolean): void;
    note(text: string): void;
}

/** A field of the accordion in the program's own page, as its JSON schema says. */
export interface PanelField {
    type: string;
    title: string;
    description?: string;
    enum?: string[];
    minimum?: number;
    maximum?: number;
    default: string | number | boolean;
}

/** What the user may ask for below the app. */
export interface BarAsk {
    use(): void;
    drawAll(): void;
    extend(place: Rect): void;
    sendDraft(): void;
    sendCanvas(): void;
    save(): void;
    load(): void;
    /** What was dropped. */
    take(files: File[]): void;
    readPicture(): void;
    checkPicture(): void;
    presets: PresetsAsk;
}

/** `keep` and `forget` resolve to undefined when they failed, which has been told then. */
export interface PresetsAsk {
    names(): Promise<string[]>;
    /** One of that name goes only where `isSure`. */
    keep(name: string, isSure: boolean): Promise<unknown>;
    use(name: string): Promise<unknown>;
    forget(name: string): Promise<unknown>;
}

/** What the user may ask for in the chat. */
export interface ChatAsk {
    write(message: string, how: { generate: boolean; count: number }): void;
    open(variant: number): void;
    stop(): void;
    retry(): void;
    edit(number: number, message: string): void;
    undo(): void;
    clear(): void;
    goOn(): void;
    importFile(file: File): void;
    exportAs(form: "md" | "json"): void;
    unload(): void;
    choose(model: string): void;
}

/** What the editor holds: see `editor_state.mjs`. */
export interface EditorState {
    readonly history: import("./undo.mjs").History<Doc | null>;
    /** Shown in place of the present: what a model is writing, or what a gesture would give. */
    readonly instead: Doc | null;
    readonly selected: number | null;
    /** A model writes. */
    readonly writing: boolean;
    readonly snapToWords: boolean;
    /** An edit was reported as not final. */
    readonly unsettled: boolean;
}

export type Api = ReturnType<typeof import("./api.mjs").createApi>;
export type Editor = ReturnType<typeof import("./editor.mjs").createEditor>;
export type Finished = ReturnType<typeof import("./finished.mjs").createFinished>;
export type Geometry = ReturnType<typeof import("./geometry.mjs").createGeometry>;

/** The parts of the app, as others of them know them. */
export interface Parts {
    page: Page;
    api: Api;
    host: Host;
    editor: Editor;
    chat: ReturnType<typeof import("./chat.mjs").createChat>;
    bar: ReturnType<typeof import("./bar.mjs").createBar>;
    taking: ReturnType<typeof import("./taking.mjs").createTaking>;
    sight: ReturnType<typeof import("./sight.mjs").createSight>;
}

/** The LoRA that there are, and by which other names they are known. */
export interface LoraNames {
    names: string[];
    aliases: string[];
}
