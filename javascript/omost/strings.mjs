/** Words on the screen, in the language that the page has a table for. */

/** @returns {string} `english`, or its translation, with {name} replaced by `values.name`. */
export function t(english, values = {}) {
    const text = window.localization?.[english] || english;
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
