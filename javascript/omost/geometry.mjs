/**
 * Where regions lie on the grid: from words to rectangles and back. Plain numbers, no page.
 * @import {Edges, Place, Rect, Vocabulary, Words} from "./types"
 */

export const SMALLEST = 4; // cells; a box smaller than this could not be grasped again

/** @type {Edges} */
export const ALL_EDGES = [1, 1, 1, 1];

/** The edges that a handle moves, such as "ne". @param {string} handle @returns {Edges} */
export function edgesOf(handle) {
    return [Number(handle.includes("n")), Number(handle.includes("s")), Number(handle.includes("w")), Number(handle.includes("e"))];
}

/** @param {Rect} one @param {Rect} other */
export function sameRect(one, other) {
    return one.every((cell, edge) => cell === other[edge]);
}

/** @param {Rect} rect @param {number} x cell @param {number} y cell */
export function contains([top, bottom, left, right], x, y) {
    return x >= left && x < right && y >= top && y < bottom;
}

/** Cells that a rectangle covers. @param {Rect} rect */
export function sizeOf([top, bottom, left, right]) {
    return (bottom - top) * (right - left);
}

/**
 * The rectangle after some of its edges were dragged by dx, dy cells. A box that is moved whole keeps its size at the
 * border of the grid; a box that is resized stays at least `SMALLEST` cells wide and high.
 * @param {Rect} rect @param {Edges} edges @param {number} dx @param {number} dy @param {number} grid
 * @returns {Rect}
 */
export function dragged(rect, edges, dx, dy, grid) {
    const [top, bottom] = draggedAxis(rect[0], rect[1], edges[0], edges[1], Math.round(dy), grid);
    const [left, right] = draggedAxis(rect[2], rect[3], edges[2], edges[3], Math.round(dx), grid);
    return [top, bottom, left, right];
}

/**
 * @param {number} low @param {number} high @param {number} movesLow @param {number} movesHigh @param {number} by
 * @param {number} grid @returns {[number, number]}
 */
function draggedAxis(low, high, movesLow, movesHigh, by, grid) {
    if (movesLow && movesHigh) {
        const shift = clamp(by, -low, grid - high);
        return [low + shift, high + shift];
    }
    if (movesLow) return [clamp(low + by, 0, Math.max(0, high - SMALLEST)), high];
    if (movesHigh) return [low, clamp(high + by, Math.min(grid, low + SMALLEST), grid)];
    return [low, high];
}

/** @param {number} value @param {number} least @param {number} most */
function clamp(value, least, most) {
    return Math.max(least, Math.min(most, value));
}

/**
 * The geometry of one vocabulary.
 * @param {Vocabulary} vocabulary
 */
export function createGeometry(vocabulary) {
    const { grid, locations, offsets, areas } = vocabulary;

    /** Centre + offset ± half the size, clipped to the grid. @param {Words} words @returns {Rect} */
    function rectOfWords({ location, offset, area }) {
        const [x, y] = locations[location];
        const [dx, dy] = offsets[offset];
        const [width, height] = areas[area].map((cells) => Math.floor(cells / 2));
        const clip = (/** @type {number} */ cell) => clamp(cell, 0, grid);
        return [clip(y + dy - height), clip(y + dy + height), clip(x + dx - width), clip(x + dx + width)];
    }

    /** @type {{words: Words, rect: Rect}[]} */
    const combinations = [];
    for (const location of Object.keys(locations))
        for (const offset of Object.keys(offsets))
            for (const area of Object.keys(areas)) {
                const words = { location, offset, area };
                combinations.push({ words, rect: rectOfWords(words) });
            }

    /** Where a region lies. @param {Words & {free_rect?: Rect | null}} region @returns {Rect} */
    function rectOf(region) {
        return region.free_rect ?? rectOfWords(region);
    }

    /**
     * The words whose rectangle has the least sum of squared differences of the four edges. Among equals, `now` comes
     * first and then the order of the vocabulary, so that a box which is put back is called what it was. Of a box that is
     * moved whole the area stays.
     * @param {Rect} rect @param {Words} [now] @param {Edges} [edges] that were dragged
     * @returns {Words}
     */
    function nearestWords(rect, now, edges) {
        const miss = (/** @type {Rect} */ other) => other.reduce((sum, cell, edge) => sum + (cell - rect[edge]) ** 2, 0);
        let best = now ? { location: now.location, offset: now.offset, area: now.area } : combinations[0].words;
        let least = miss(rectOfWords(best));
        const area = edges?.every(Boolean) && now?.area;
        for (const { words, rect: other } of combinations) {
            const off = miss(other);
            if (area && words.area !== area) continue;
            if (off < least) [best, least] = [words, off];
        }
        return { ...best };
    }

    /**
     * The place of a region that was put at `rect`: the nearest words alone when `snapToWords`, else also the rectangle
     * itself, unless the words mean just that.
     * @param {Rect} rect @param {boolean} snapToWords @param {Words} [now] @param {Edges} [edges] that were dragged
     * @returns {Place}
     */
    function placeAt(rect, snapToWords, now, edges) {
        const words = nearestWords(rect, now, snapToWords ? edges : undefined);
        const exact = snapToWords || sameRect(rectOfWords(words), rect);
        return { ...words, free_rect: exact ? null : rect };
    }

    /**
     * The place one key press further: a cell, or with words the next words in that direction; null at the border.
     * @param {Place} region @param {Edges} edges @param {number} dx @param {number} dy @param {boolean} snapToWords
     * @returns {Place | null}
     */
    function stepped(region, edges, dx, dy, snapToWords) {
        const from = rectOf(region);
        const direction = [edges[0] * dy, edges[1] * dy, edges[2] * dx, edges[3] * dx];
        for (let cells = 1; cells <= (snapToWords ? grid : 1); cells++) {
            const place = placeAt(dragged(from, edges, dx * cells, dy * cells, grid), snapToWords, region, edges);
            const gone = rectOf(place).reduce((sum, cell, edge) => sum + (cell - from[edge]) * direction[edge], 0);
            if (gone > 0) return place;
        }
        return null;
    }

    return { grid, rectOfWords, rectOf, nearestWords, placeAt, stepped };
}
