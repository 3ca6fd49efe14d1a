/**
 * Every edit of the canvas as a function from one document to the next.
 * @import {Canvas, CanvasRegion, Doc, Extras, Place, Region, Vocabulary, Whole} from "./types"
 */
import { isLora, isReference, ownExtras, wellFormed } from "./extras.mjs";
import { readMask } from "./mask.mjs";

const APART = 1.5; // factor between the distances of neighbours at the ends of the list
const LONGEST_ABSENT = 80;
const MOST_ABSENT = 32;
const NO_WORD = /[^\p{L}\p{N}_'’\u0300-\u036f\u0900-\u0eff-]+/gu; // as the server reads words of what must be absent
const WHOLE_TEXTS = ["description", "tags"];
const REGION_TEXTS = ["description", "tags", "atmosphere", "style", "quality_meta"];

/** @returns {Doc} */
export function emptyDocument() {
    return { description: "", detailed_descriptions: [], tags: "", color_name: "gray", regions: [] };
}

/**
 * The document for a canvas that comes from outside. The first visible region stays the region it was, and so on, so that
 * a selection lasts; hidden ones are let go, or kept at their places with `keepHidden`.
 * @param {Canvas} canvas @param {Doc | null} [before] @param {{keepHidden?: boolean}} [options]
 * @returns {Doc}
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

/** The canvas without its hidden regions, as the server reads it. @param {Doc} doc @returns {Canvas} */
export function toCanvas(doc) {
    const regions = doc.regions.filter((region) => !region.hidden);
    return structuredClone({
        ...ownWhole(doc),
        regions: regions.map((region) => {
            const { id: _id, hidden: _hidden, loras = [], ...rest } = region;
            const named = loras.filter((lora) => lora.name !== "");
            return named.length > 0 ? { ...rest, loras: named } : rest;
        }),
    });
}

/** Whether something that was stored is a document of this vocabulary. @param {any} value @param {Vocabulary} vocabulary */
export function isDocument(value, vocabulary) {
    const isText = (/** @type {unknown} */ text) => typeof text === "string";
    const isPart = (/** @type {any} */ part, /** @type {string[]} */ texts) =>
        Boolean(part) && texts.every((field) => isText(part[field])) && Object.hasOwn(vocabulary.colors, part.color_name)
        && Array.isArray(part.detailed_descriptions) && part.detailed_descriptions.every(isText);
    const isRect = (/** @type {any} */ rect) => Array.isArray(rect) && rect.length === 4 && rect.every(Number.isInteger)
        && rect[0] >= 0 && rect[0] < rect[1] && rect[1] <= vocabulary.grid
        && rect[2] >= 0 && rect[2] < rect[3] && rect[3] <= vocabulary.grid;
    const isRegion = (/** @type {any} */ region) => isPart(region, REGION_TEXTS)
        && Object.hasOwn(vocabulary.locations, region.location) && Object.hasOwn(vocabulary.offsets, region.offset)
        && Object.hasOwn(vocabulary.areas, region.area) && (region.free_rect === null || isRect(region.free_rect))
        && (region.loras === undefined || (Array.isArray(region.loras) && region.loras.every(isLora)))
        && (region.edge === undefined || Number.isFinite(region.edge))
        && (region.weight === undefined || Number.isFinite(region.weight))
        && (region.negative === undefined || isText(region.negative))
        && (region.reference === undefined || isReference(region.reference))
        && (region.mask === undefined || readMask(region.mask, vocabulary.grid) !== null)
        && Number.isFinite(region.distance_to_viewer) && region.distance_to_viewer > 0
        && Number.isInteger(region.id) && typeof region.hidden === "boolean";
    if (!(value?.absent === undefined || (Array.isArray(value.absent) && value.absent.every(isText)))) return false;
    if (!isPart(value, WHOLE_TEXTS) || !Array.isArray(value.regions) || !value.regions.every(isRegion)) return false;
    return new Set(value.regions.map((/** @type {Region} */ region) => region.id)).size === value.regions.length;
}

/** @param {Doc | null} doc @param {number | null} id @returns {Region | null} */
export function regionOf(doc, id) {
    return doc?.regions.find((region) => region.id === id) ?? null;
}

/** As layers: farthest first, equally far ones as written. @template {CanvasRegion} R @param {R[]} regions @returns {R[]} */
export function farToNear(regions) {
    return [...regions].sort((one, other) => other.distance_to_viewer - one.distance_to_viewer);
}

/** As people list layers. @template {CanvasRegion} R @param {R[]} regions @returns {R[]} */
export function nearestFirst(regions) {
    return farToNear(regions).reverse();
}

/** Move or resize. @param {Doc} doc @param {number} id @param {Place} place */
export function putAt(doc, id, place) {
    return withRegion(doc, id, place);
}

/** A region of a painted shape: its mask, and where the rectangle around it lies. @param {Doc} doc @param {number} id
 * @param {string} mask @param {Place} place */
export function putMask(doc, id, mask, { location, offset, area, free_rect }) {
    const region = regionOf(doc, id);
    const next = region && { ...region, location, offset, area, free_rect, mask };
    return JSON.stringify(next) === JSON.stringify(region) ? doc : withRegion(doc, id, next ?? {});
}

/** Text, colour name or distance of a region, or of the whole for null. Tags that only say the description again follow it.
 * @param {Doc} doc @param {number | null} id @param {string} field @param {string | number} value */
export function setField(doc, id, field, value) {
    const clean = typeof value === "string" ? wellFormed(value) : value;
    return withPart(doc, id, (part) => {
        if (part[field] === clean) return part;
        const follows = field === "description" && part.tags !== "" && plain(part.tags) === plain(part.description);
        return { ...part, ...(follows ? { tags: plain(String(clean)) } : {}), [field]: clean };
    });
}

/** A text's words, as a composer writes them in tags: "Red circle." → "red circle". @param {string} text */
function plain(text) {
    return text.trim().replace(/\.$/, "").replace(/^(?:a|an|the) /i, "").toLowerCase();
}

/** What must not be seen, between commas; what no canvas can hold of it goes. @param {Doc} doc @param {string} text @returns {Doc} */
export function setAbsent(doc, text) {
    const things = text.split(",").map((thing) => thing.replace(NO_WORD, " ").trim().slice(0, LONGEST_ABSENT).trim());
    const absent = [...new Set(things.filter(Boolean))].slice(0, MOST_ABSENT);
    return JSON.stringify(absent) === JSON.stringify(doc.absent ?? []) ? doc : ownAbsent(doc, absent);
}

/** What a region has beyond Omost's own format, as far as a canvas can hold it. A LoRA without a name is still to come, and
 * is no part of the canvas. @param {Doc} doc @param {number} id @param {Extras} extras */
export function setExtras(doc, id, extras) {
    const region = regionOf(doc, id);
    if (!region) return doc;
    const { loras, negative, weight, edge, mask, reference, ...rest } = region;
    const next = { ...rest, ...ownExtras({ loras, negative, weight, edge, mask, reference, ...extras }) };
    if (JSON.stringify(next) === JSON.stringify(region)) return doc;
    return { ...doc, regions: doc.regions.map((each) => (each.id === id ? next : each)) };
}

/** @template {Whole & {absent?: string[]}} W @param {W} whole @param {readonly string[]} absent @returns {W} */
function ownAbsent(whole, absent) {
    const { absent: _, ...rest } = whole;
    return /** @type {W} */ (absent.length === 0 ? rest : { ...rest, absent: [...absent] });
}

/** @param {Doc} doc @param {number | null} id @param {number} index @param {string} text */
export function setItem(doc, id, index, text) {
    return withItems(doc, id, (items) => items.map((item, at) => (at === index ? wellFormed(text) : item)));
}

/** An empty sub-prompt before the one at `index`. @param {Doc} doc @param {number | null} id @param {number} index */
export function addItem(doc, id, index) {
    return withItems(doc, id, (items) => [...items.slice(0, index), "", ...items.slice(index)]);
}

/** @param {Doc} doc @param {number | null} id @param {number} index */
export function removeItem(doc, id, index) {
    return withItems(doc, id, (items) => items.filter((_, at) => at !== index));
}

/** A new region before all others, in a colour unlike theirs. @param {Doc} doc @param {Vocabulary} vocabulary */
export function addRegion(doc, vocabulary) {
    const nearest = nearestFirst(doc.regions)[0];
    const first = (/** @type {object} */ table) => Object.keys(table)[0];
    /** @type {Region} */
    const region = {
        location: first(vocabulary.locations), offset: first(vocabulary.offsets), area: first(vocabulary.areas),
        distance_to_viewer: nearest ? between(0, nearest.distance_to_viewer) ?? nearest.distance_to_viewer : 1,
        description: "", detailed_descriptions: [], tags: "", atmosphere: "", style: "", quality_meta: "",
        color_name: unlike(doc, vocabulary), free_rect: null, id: freeId(doc.regions), hidden: false,
    };
    return { doc: { ...doc, regions: [...doc.regions, region] }, id: region.id };
}

/** A copy, written behind its original and lying just before it. @param {Doc} doc @param {number} id */
export function duplicateRegion(doc, id) {
    const at = doc.regions.findIndex((region) => region.id === id);
    const copy = { ...doc.regions[at], id: freeId(doc.regions) };
    const regions = [...doc.regions.slice(0, at + 1), copy, ...doc.regions.slice(at + 1)];
    const depth = nearestFirst(doc.regions).findIndex((region) => region.id === id);
    return { doc: moveInDepth({ ...doc, regions }, copy.id, depth), id: copy.id };
}

/** @param {Doc} doc @param {number} id @returns {Doc} */
export function removeRegion(doc, id) {
    return { ...doc, regions: doc.regions.filter((region) => region.id !== id) };
}

/** Hide for a trial, or show again. @param {Doc} doc @param {number} id @param {boolean} hidden */
export function setHidden(doc, id, hidden) {
    return withRegion(doc, id, { hidden });
}

/**
 * Put a region at `position` of the list that begins with the nearest. It gets a distance between its new neighbours;
 * where there is none, because they are equally far, all are numbered anew.
 * @param {Doc} doc @param {number} id @param {number} position
 */
export function moveInDepth(doc, id, position) {
    const others = nearestFirst(doc.regions.filter((region) => region.id !== id));
    const distance = between(others[position - 1]?.distance_to_viewer ?? 0, others[position]?.distance_to_viewer ?? Infinity);
    if (distance !== null) return withRegion(doc, id, { distance_to_viewer: distance });
    const order = others.map((region) => region.id);
    order.splice(position, 0, id);
    const regions = doc.regions.map((region) => ({ ...region, distance_to_viewer: order.indexOf(region.id) + 1 }));
    return { ...doc, regions };
}

/** A distance between two others, halfway or with a few digits close to it; null where there is no room.
 * @param {number} near @param {number} far */
function between(near, far) {
    const middle = near === 0 ? (far === Infinity ? 1 : far / APART) : far === Infinity ? near * APART : (near + far) / 2;
    const short = Number(middle.toFixed(2));
    return [short, middle].find((value) => near < value && value < far) ?? null;
}

/** The colour farthest from all that are in use. @param {Doc} doc @param {Vocabulary} vocabulary */
function unlike(doc, { colors }) {
    const used = [doc, ...doc.regions].map((part) => colors[part.color_name]);
    const apart = (/** @type {string} */ name) =>
        Math.min(...used.map((other) => other.reduce((sum, channel, at) => sum + (channel - colors[name][at]) ** 2, 0)));
    return Object.keys(colors).reduce((best, name) => (apart(name) > apart(best) ? name : best));
}

/** @param {Region[]} regions */
function freeId(regions) {
    return Math.max(0, ...regions.map((region) => region.id)) + 1;
}

/** @param {Doc} doc @param {number} id @param {Partial<Region>} change @returns {Doc} */
function withRegion(doc, id, change) {
    return { ...doc, regions: doc.regions.map((region) => (region.id === id ? { ...region, ...change } : region)) };
}

/** @param {Doc} doc @param {number | null} id @param {(part: any) => any} edit @returns {Doc} */
function withPart(doc, id, edit) {
    if (id === null) return edit(doc);
    const regions = doc.regions.map((region) => (region.id === id ? edit(region) : region));
    return regions.every((region, at) => region === doc.regions[at]) ? doc : { ...doc, regions };
}

/** @param {Doc} doc @param {number | null} id @param {(items: string[]) => string[]} edit */
function withItems(doc, id, edit) {
    return withPart(doc, id, (part) => ({ ...part, detailed_descriptions: edit(part.detailed_descriptions) }));
}

/** @param {Whole & {absent?: string[]}} whole */
function ownWhole({ description, detailed_descriptions, tags, color_name, absent = [] }) {
    return ownAbsent({ description, detailed_descriptions: [...detailed_descriptions], tags, color_name }, absent);
}

/** @param {CanvasRegion} region @param {number} id @returns {Region} */
function ownRegion(region, id) {
    const { location, offset, area, distance_to_viewer, description, tags, atmosphere, style, quality_meta, color_name } = region;
    const detailed_descriptions = [...region.detailed_descriptions];
    const free_rect = region.free_rect ?? null;
    return {
        location, offset, area, distance_to_viewer, description, detailed_descriptions, tags, atmosphere, style,
        quality_meta, color_name, free_rect, id, hidden: false,
        ...ownExtras(region),
    };
}
