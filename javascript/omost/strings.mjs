/** Words on the screen, in the language that the page has a table for: the host's `localization`, or our own server's. */

/** Words that come from the server, such as the name of a setting or a state. @param {string} english */
export function translated(english) {
    return /** @type {{localization?: Record<string, string>}} */ (globalThis).localization?.[english] || english;
}

/** The page's own words, called with a literal, so that a test can list them. @param {string} english */
export const t = translated;

/**
 * What a language model is doing: the words in the page's language, figures and names of packages as they came.
 * @param {{phase: string, text: string}} status
 */
export function stateOf({ phase, text }) {
    if (text === "loading") return t("loading; the first time this may take a minute");
    const words = phaseOf({ phase });
    return text.startsWith(words) ? translated(words) + text.slice(words.length) : text;
}

/** A phase in words, in English. @param {{phase: string}} status */
export function phaseOf({ phase }) {
    return phase === "installing" ? "installing what it needs" : phase;
}
