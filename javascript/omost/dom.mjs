/**
 * Elements. What a model or a person wrote becomes text and attribute values, never markup.
 */

/**
 * @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Attributes
 *   true and false set or leave out; a function under `onclick` and the like is a listener; `text` is the text content
 */

/** @type {Record<string, [number, number]>} */
export const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * A new element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Attributes} [attributes] @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (typeof value === "function") node.addEventListener(name.slice(2), value);
        else if (name === "text") node.textContent = String(value);
        else setAttribute(node, name, value);
    }
    node.append(...children);
    return node;
}

/** Set, or for null, undefined and false take away; untouched when it is so already.
 * @param {Element} node @param {string} name @param {string | number | boolean | null | undefined} value */
export function setAttribute(node, name, value) {
    const text = value === true ? "" : String(value);
    if (value === null || value === undefined || value === false) node.removeAttribute(name);
    else if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

/** @param {Element} node @param {string} text */
export function setText(node, text) {
    if (node.textContent !== text) node.textContent = text;
}

/** Leaves the caret alone when nothing changes.
 * @param {HTMLTextAreaElement | HTMLInputElement | HTMLSelectElement} field @param {string} value */
export function setValue(field, value) {
    if (field.value !== value) field.value = value;
}

/** @type {WeakMap<HTMLInputElement | HTMLTextAreaElement, string>} */
const shown = new WeakMap(); // by field, what `setTyped` gave it last

/** Leaves what is being typed alone as long as there is nothing new to show.
 * @param {HTMLTextAreaElement | HTMLInputElement} field @param {string} value */
export function setTyped(field, value) {
    const isTyped = document.activeElement === field && shown.get(field) === value;
    shown.set(field, value);
    if (!isTyped) setValue(field, value);
}

/** "Line {line}" with its names filled in. @param {string} text @param {Record<string, string | number>} values */
export function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(values, name) ? String(values[name]) : whole));
}

/** A button with an icon; `label` is its name and tooltip, and stands beside the icon when `worded`.
 * @param {string} name of the icon @param {string} label @param {() => void} onclick @param {boolean} [worded] */
export function button(name, label, onclick, worded = false) {
    const node = element("button", { type: "button", class: "omost-button", title: label, onclick }, icon(name));
    if (worded) node.append(element("span", { text: label }));
    else node.setAttribute("aria-label", label);
    return node;
}

/** Strokes of the icons on a field of 16 × 16. @type {Record<string, string>} */
const STROKES = {
    add: "M8 3v10M3 8h10",
    remove: "M4 4l8 8M12 4l-8 8",
    delete: "M3 4.5h10M6.5 4V2.5h3V4M4.5 4.5l.6 9h5.8l.6-9M7 7v4M9 7v4",
    duplicate: "M6 6h7v7H6zM10 6V3H3v7h3",
    nearer: "M8 13V3M4 7l4-4 4 4",
    farther: "M8 3v10M4 9l4 4 4-4",
    brush: "M13.5 2.5L7 9M7 9c-2-.6-3.5.6-3.6 2.4C3.3 12.6 2.6 13 2 13.4c2.6.7 5.6.2 6-2.4.1-1-.3-1.6-1-2z",
    eraser: "M2.5 10l7-7 4 4-6.5 6.5H5.5zM6 6.5l4 4M5 13.5h8.5",
    undo: "M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M6 3.5l-3 3 3 3",
    redo: "M13 6.5H6.5a3.5 3.5 0 0 0 0 7H10M10 3.5l3 3-3 3",
    grip: "M6 3.5v.01M10 3.5v.01M6 8v.01M10 8v.01M6 12.5v.01M10 12.5v.01",
    shown: "M1.5 8C3 5 5.3 3.5 8 3.5S13 5 14.5 8C13 11 10.7 12.5 8 12.5S3 11 1.5 8zM8 6.2a1.8 1.8 0 1 0 .01 0z",
    hidden: "M1.5 8C3 5 5.3 3.5 8 3.5S13 5 14.5 8C13 11 10.7 12.5 8 12.5S3 11 1.5 8zM2.5 13.5l11-11",
};

/** @param {string} name of `STROKES` */
export function icon(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const [attribute, value] of Object.entries({ viewBox: "0 0 16 16", class: "omost-icon", "aria-hidden": "true" }))
        svg.setAttribute(attribute, value);
    const path = document.createElementNS(svg.namespaceURI, "path");
    path.setAttribute("d", STROKES[name]);
    svg.append(path);
    return svg;
}

/** Change what a button shows and is called.
 * @param {HTMLButtonElement} node @param {string} name of the icon @param {string} label */
export function relabel(node, name, label) {
    setAttribute(node, "aria-label", label);
    setAttribute(node, "title", label);
    if (node.dataset.icon !== name) node.replaceChildren(icon(name));
    node.dataset.icon = name;
}

/** Calls `draw` soon, and at most once a frame. @param {() => void} draw */
export function perFrame(draw) {
    let frame = 0;
    return () => {
        frame ||= requestAnimationFrame(() => {
            frame = 0;
            draw();
        });
    };
}
