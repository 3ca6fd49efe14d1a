/** Words on the screen, in the language that the page has a table for. */

/** Words that come from the server, such as the name of a setting or a state. @param {string} english */
export function translated(english) {
    return window.localization?.[english] || english;
}

/** The page's own words, called with a literal, so that a test can list them. @param {string} english */
export const t = translated;
