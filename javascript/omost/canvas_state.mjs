/**
 * The canvas as the editor holds it, and every edit of it as a function from one document to the next.
 *
 * A document is never changed in place. It is the canvas plus what only the editor knows of a region: an `id`, which
 * stays the same while the region changes, and whether it is `hidden` for a trial.
 *
 * @typedef {import("./geometry.mjs").Place} Place
 * @typedef {import("./geometry.mjs").Vocabulary} Vocabulary
 * @typedef {Place & {distance_to_viewer: number, description: string, detailed_descriptions: string[], tags: string,
 *   atmosphere: string, style: string, quality_meta: string, color_name: string}} CanvasRegion
 * @typedef {{description: string, detailed_descriptions: string[], tags: string, color_name: string}} Whole
 * @typedef {Whole & {regions: CanvasRegion[]}} Canvas
 * @typedef {CanvasRegion & {id: number, hidden: boolean}} Region
 * @typedef {Whole & {regions: Region[]}} Document
 */

const APART = 1.5; // factor between the distances of neighbours at the ends of the list
const WHOLE_TEXTS = ["description", "tags"];
const REGION_TEXTS = ["description", "tags", "atmosphere", "style", "quality_meta"];

/** @returns {Document} */
export function emptyDocument() {
    return { description: "", detailed_descriptions: [], tags: "", color_name: "gray", regions: [] };
}

/**
 * The document for a canvas that comes from outside. The first visible region stays the region it was, and so on, so that
 * a selection lasts; hidden ones are let go, or kept at their places with `keepHidden`.
 * @param {Canvas} canvas @param {Document | null} [before] @param {{keepHidden?: boolean}} [options]
 * @returns {Document}
 */
export function fromCanvas(canvas, before = null, { keepHidden = false } = {}) {
    const old = before?.regions ?? [];
    const incoming = [...canvas.regions];
    let nextId = freeId(old);
    /** @type {Region[]} */
    const regions = [];
    for (const region of old) {
        if (region.hidden && keepHidden) regions.push(region);
        const follower = region.hidden ? undefined : incoming.shift();
        if (follower) regions.push(ownRegion(follower, region.id));
    }
    for (const region of incoming) regions.push(ownRegion(region, nextId++));
    return { ...ownWhole(canvas), regions };
}

/** The canvas without its hidden regions, as the server reads it. @param {Document} document @returns {Canvas} */
export function toCanvas(document) {
    const regions = document.regions.filter((region) => !region.hidden);
    return structuredClone({
        ...ownWhole(document),
        regions: regions.map((region) => {
            const { id: _id, hidden: _hidden, ...rest } = region;
            return rest;
        }),
    });
}

/** Whether something that was stored is a document of this vocabulary. @param {any} value @param {Vocabulary} vocabulary */
export function isDocument(value, vocabulary) {
    const isText = (/** @type {any} */ text) => typeof text === "string";
    const isPart = (/** @type {any} */ part, /** @type {string[]} */ texts) =>
        Boolean(part) && texts.every((field) => isText(part[field])) && Object.hasOwn(vocabulary.colors, part.color_name)
        && Array.isArray(part.detailed_descriptions) && part.detailed_descriptions.every(isText);
    const isRect = (/** @type {any} */ rect) => Array.isArray(rect) && rect.length === 4 && rect.every(Number.isInteger)
        && rect[0] >= 0 && rect[0] < rect[1] && rect[1] <= vocabulary.grid
        && rect[2] >= 0 && rect[2] < rect[3] && rect[3] <= vocabulary.grid;
    const isRegion = (/** @type {any} */ region) => isPart(region, REGION_TEXTS)
        && Object.hasOwn(vocabulary.locations, region.location) && Object.hasOwn(vocabulary.offsets, region.offset)
        && Object.hasOwn(vocabulary.areas, region.area) && (region.free_rect === null || isRect(region.free_rect))
        && Number.isFinite(region.distance_to_viewer) && region.distance_to_viewer > 0
        && Number.isInteger(region.id) && typeof region.hidden === "boolean";
    if (!isPart(value, WHOLE_TEXTS) || !Array.isArray(value.regions) || !value.regions.every(isRegion)) return false;
    return new Set(value.regions.map((/** @type {Region} */ region) => region.id)).size === value.regions.length;
}

/** @param {Document | null} document @param {number | null} id @returns {Region | null} */
export function regionOf(document, id) {
    return document?.regions.find((region) => region.id === id) ?? null;
}

/** As layers: farthest first, equally far ones as written. @template {CanvasRegion} R @param {R[]} regions @returns {R[]} */
export function farToNear(regions) {
    return [...regions].sort((one, other) => other.distance_to_viewer - one.distance_to_viewer);
}

/** As people list layers. @template {CanvasRegion} R @param {R[]} regions @returns {R[]} */
export function nearestFirst(regions) {
    return farToNear(regions).reverse();
}

/** Move or resize. @param {Document} document @param {number} id @param {Place} place */
export function putAt(document, id, place) {
    return withRegion(document, id, place);
}

/** Text, colour name or distance of a region, or of the whole for null.
 * @param {Document} document @param {number | null} id @param {string} field @param {string | number} value */
export function setField(document, id, field, value) {
    const clean = typeof value === "string" ? wellFormed(value) : value;
    return withPart(document, id, (part) => (part[field] === clean ? part : { ...part, [field]: clean }));
}

/** @param {Document} document @param {number | null} id @param {number} index @param {string} text */
export function setItem(document, id, index, text) {
    return withItems(document, id, (items) => items.map((item, at) => (at === index ? wellFormed(text) : item)));
}

/** An empty sub-prompt before the one at `index`. @param {Document} document @param {number | null} id @param {number} index */
export function addItem(document, id, index) {
    return withItems(document, id, (items) => [...items.slice(0, index), "", ...items.slice(index)]);
}

/** @param {Document} document @param {number | null} id @param {number} index */
export function removeItem(document, id, index) {
    return withItems(document, id, (items) => items.filter((_, at) => at !== index));
}

/** A new region before all others, in a colour unlike theirs. @param {Document} document @param {Vocabulary} vocabulary */
export function addRegion(document, vocabulary) {
    const nearest = nearestFirst(document.regions)[0];
    const first = (/** @type {object} */ table) => Object.keys(table)[0];
    /** @type {Region} */
    const region = {
        location: first(vocabulary.locations), offset: first(vocabulary.offsets), area: first(vocabulary.areas),
        distance_to_viewer: nearest ? between(0, nearest.distance_to_viewer) ?? nearest.distance_to_viewer : 1,
        description: "", detailed_descriptions: [], tags: "", atmosphere: "", style: "", quality_meta: "",
        color_name: unlike(document, vocabulary), free_rect: null, id: freeId(document.regions), hidden: false,
    };
    return { document: { ...document, regions: [...document.regions, region] }, id: region.id };
}

/** A copy, written behind its original and lying just before it. @param {Document} document @param {number} id */
export function duplicateRegion(document, id) {
    const at = document.regions.findIndex((region) => region.id === id);
    const copy = { ...document.regions[at], id: freeId(document.regions) };
    const regions = [...document.regions.slice(0, at + 1), copy, ...document.regions.slice(at + 1)];
    const depth = nearestFirst(document.regions).findIndex((region) => region.id === id);
    return { document: moveInDepth({ ...document, regions }, copy.id, depth), id: copy.id };
}

/** @param {Document} document @param {number} id @returns {Document} */
export function removeRegion(document, id) {
    return { ...document, regions: document.regions.filter((region) => region.id !== id) };
}

/** Hide for a trial, or show again. @param {Document} document @param {number} id @param {boolean} hidden */
export function setHidden(document, id, hidden) {
    return withRegion(document, id, { hidden });
}

/**
 * Put a region at `position` of the list that begins with the nearest. It gets a distance between its new neighbours;
 * where there is none, because they are equally far, all are numbered anew.
 * @param {Document} document @param {number} id @param {number} position
 */
export function moveInDepth(document, id, position) {
    const others = nearestFirst(document.regions.filter((region) => region.id !== id));
    const distance = between(others[position - 1]?.distance_to_viewer ?? 0, others[position]?.distance_to_viewer ?? Infinity);
    if (distance !== null) return withRegion(document, id, { distance_to_viewer: distance });
    const order = others.map((region) => region.id);
    order.splice(position, 0, id);
    const regions = document.regions.map((region) => ({ ...region, distance_to_viewer: order.indexOf(region.id) + 1 }));
    return { ...document, regions };
}

/** A distance between two others, halfway or with a few digits close to it; null where there is no room. */
function between(/** @type {number} */ near, /** @type {number} */ far) {
    const middle = near === 0 ? (far === Infinity ? 1 : far / APART) : far === Infinity ? near * APART : (near + far) / 2;
    const short = Number(middle.toFixed(2));
    return [short, middle].find((value) => near < value && value < far) ?? null;
}

/** The colour farthest from all that are in use. @param {Document} document @param {Vocabulary} vocabulary */
function unlike(document, { colors }) {
    const used = [document, ...document.regions].map((part) => colors[part.color_name]);
    const apart = (/** @type {string} */ name) =>
        Math.min(...used.map((other) => other.reduce((sum, channel, at) => sum + (channel - colors[name][at]) ** 2, 0)));
    return Object.keys(colors).reduce((best, name) => (apart(name) > apart(best) ? name : best));
}

/** @param {Region[]} regions */
function freeId(regions) {
    return Math.max(0, ...regions.map((region) => region.id)) + 1;
}

/** Half a surrogate pair cannot be sent. @param {string} text */
function wellFormed(text) {
    return text.replace(/\p{Surrogate}/gu, "\ufffd");
}

/** @param {Document} document @param {number} id @param {Partial<Region>} change @returns {Document} */
function withRegion(document, id, change) {
    return { ...document, regions: document.regions.map((region) => (region.id === id ? { ...region, ...change } : region)) };
}

/** @param {Document} document @param {number | null} id @param {(part: any) => any} edit @returns {Document} */
function withPart(document, id, edit) {
    if (id === null) return edit(document);
    const regions = document.regions.map((region) => (region.id === id ? edit(region) : region));
    return regions.every((region, at) => region === document.regions[at]) ? document : { ...document, regions };
}

/** @param {Document} document @param {number | null} id @param {(items: string[]) => string[]} edit */
function withItems(document, id, edit) {
    return withPart(document, id, (part) => ({ ...part, detailed_descriptions: edit(part.detailed_descriptions) }));
}

/** @param {Whole} whole @returns {Whole} */
function ownWhole({ description, detailed_descriptions, tags, color_name }) {
    return { description, detailed_descriptions: [...detailed_descriptions], tags, color_name };
}

/** @param {CanvasRegion} region @param {number} id @returns {Region} */
function ownRegion(region, id) {
    const { location, offset, area, distance_to_viewer, description, tags, atmosphere, style, quality_meta, color_name } = region;
    const detailed_descriptions = [...region.detailed_descriptions];
    const free_rect = region.free_rect ?? null;
    return {
        location, offset, area, distance_to_viewer, description, detailed_descriptions, tags, atmosphere, style,
        quality_meta, color_name, free_rect, id, hidden: false,
    };
}
