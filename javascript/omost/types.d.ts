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

export interface CanvasRegion extends Place, Whole {
    distance_to_viewer: number;
    atmosphere: string;
    style: string;
    quality_meta: string;
}

/** As `lib_omost/canvas/json_form.py` writes it. */
export interface Canvas extends Whole {
    regions: CanvasRegion[];
}

/** The `id` stays the same while the region changes; `hidden` is for a trial. */
export interface Region extends CanvasRegion {
    id: number;
    hidden: boolean;
}

/** The canvas as the editor holds it. It is never changed in place. */
export interface Doc extends Whole {
    regions: Region[];
}

/** What the parts of the editor show; while a model writes it is `locked`. */
export interface View {
    doc: Doc | null;
    /** Id of a region; null is the whole picture. */
    selected: number | null;
    locked: boolean;
}

/** What the page says, in the user's language. It is called with literals only, so that a test can list them. */
export type Translate = (english: string) => string;

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
}

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
    editItem(id: number | null, index: number, text: string): void;
    /** Typing is over. */
    settle(): void;
    /** A place in words. */
    say(id: number, words: Partial<Words>): void;
    addItem(id: number | null, index: number): void;
    removeItem(id: number | null, index: number): void;
}
