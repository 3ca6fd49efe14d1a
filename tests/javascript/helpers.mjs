/** What the tests share: the vocabulary, asked of Python so that no second copy exists, and seeded random canvases. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const SCRIPT = `
import json
from lib_omost.canvas.colors import COLORS
from lib_omost.canvas.limits import MAX_ITEMS, MAX_REGIONS
from lib_omost.canvas.vocabulary import AREAS, GRID, LOCATIONS, OFFSETS
limits = {"regions": MAX_REGIONS, "items": MAX_ITEMS}
print(json.dumps({"grid": GRID, "locations": LOCATIONS, "offsets": OFFSETS, "areas": AREAS, "colors": COLORS, "limits": limits}))
`;
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** @type {import("../../javascript/omost/geometry.mjs").Vocabulary} */
export const vocabulary = JSON.parse(
    execFileSync(process.env.OMOST_PYTHON ?? "python3", ["-c", SCRIPT], { cwd: ROOT, encoding: "utf8" }),
);

/** Numbers in [0, 1) that a seed decides (mulberry32). */
export function random(seed) {
    return () => {
        seed = (seed + 0x6d2b79f5) | 0;
        let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
}

export const below = (next, end) => Math.floor(next() * end);
export const oneOf = (next, list) => list[below(next, list.length)];

/** Any rectangle of the grid with at least one cell. */
export function randomRect(next, grid) {
    const [top, left] = [below(next, grid), below(next, grid)];
    return [top, top + 1 + below(next, grid - top), left, left + 1 + below(next, grid - left)];
}

export function randomCanvas(next, regions = below(next, 8)) {
    const word = () => oneOf(next, ["", "a cat", "<b>", "חתול", "'quoted'", "\\ \n"]);
    const whole = () => ({ description: word(), detailed_descriptions: [word(), word()], tags: word(), color_name: oneOf(next, Object.keys(vocabulary.colors)) });
    return {
        ...whole(),
        regions: Array.from({ length: regions }, () => ({
            location: oneOf(next, Object.keys(vocabulary.locations)),
            offset: oneOf(next, Object.keys(vocabulary.offsets)),
            area: oneOf(next, Object.keys(vocabulary.areas)),
            distance_to_viewer: oneOf(next, [0.5, 1, 1, 2, 2.25, 10, 1e-300, 1e300]),
            ...whole(),
            atmosphere: word(), style: word(), quality_meta: word(),
            free_rect: next() < 0.5 ? null : randomRect(next, vocabulary.grid),
        })),
    };
}
