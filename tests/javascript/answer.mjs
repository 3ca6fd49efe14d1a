/** Answers what a Python test asks on stdin: `{vocabulary, words, canvases, masks}` → `{rects, nearest, painted, drafts, masks}` as JSON. */
import { readFileSync } from "node:fs";

import { createGeometry } from "../../javascript/omost/geometry.mjs";
import { readMask, writeMask } from "../../javascript/omost/mask.mjs";
import { draftOf, paintCells } from "../../javascript/omost/paint.mjs";

const { vocabulary, words, canvases, masks } = JSON.parse(readFileSync(0, "utf8"));
const geometry = createGeometry(vocabulary);
const rects = words.map(geometry.rectOfWords);
const nearest = rects.map((rect) => geometry.nearestWords(rect));
const cells = canvases.map((canvas) => paintCells(canvas, vocabulary, geometry.rectOf));
const [painted, drafts] = [cells, cells.map((each) => draftOf(each, vocabulary.grid))].map((all) => all.map((each) => Buffer.from(each).toString("base64")));
const again = masks.map((code) => {
    const mask = readMask(code, vocabulary.grid);
    return mask && { ...mask, cells: [...mask.cells], code: writeMask(mask) };
});
process.stdout.write(JSON.stringify({ rects, nearest, painted, drafts, masks: again }));
