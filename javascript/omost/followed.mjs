/**
 * A colour follows the words that named it, as tags do, when they name another.
 * @import {Doc} from "./types"
 */

/** Names of colours in a text: "light blue" is lightblue. @param {string} text @param {object} colors */
export function colorsIn(text, colors) {
    const words = text.toLowerCase().match(/[a-z]+/g) ?? [];
    const isColor = (/** @type {string} */ word) => Object.hasOwn(colors, word);
    const pairs = words.map((word, at) => word + words[at + 1]);
    const singles = words.filter((_, at) => !isColor(pairs[at]) && !isColor(pairs[at - 1]));
    return [...new Set([...pairs, ...singles].filter(isColor))];
}

/** What was typed is over. @param {Doc | null | undefined} before @param {Doc} doc @param {object} colors @returns {Doc} */
export function colorsFollow(before, doc, colors) {
    /** @template {{description: string, color_name: string}} P @param {P | null | undefined} old @param {P} part @returns {P} */
    const follow = (old, part) => {
        if (!old || old.description === part.description || old.color_name !== part.color_name) return part;
        const [was, is] = [old, part].map(({ description }) => colorsIn(description, colors));
        return String(was) === part.color_name && is.length === 1 ? { ...part, color_name: is[0] } : part;
    };
    const regions = doc.regions.map((part) => follow(before?.regions.find(({ id }) => id === part.id), part));
    const next = { ...follow(before, doc), regions };
    return JSON.stringify(next) === JSON.stringify(doc) ? doc : next;
}
