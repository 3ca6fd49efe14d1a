/** Files from and to the user's computer. */

import { element } from "./dom.mjs";

/** @param {string} name @param {string} text */
export function saveFile(name, text) {
    const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
    element("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** @param {string} accept @returns {Promise<File|null>} */
export function pickFile(accept) {
    return new Promise((resolve) => {
        const input = element("input", { type: "file", accept });
        input.addEventListener("change", () => resolve(input.files?.[0] ?? null));
        input.addEventListener("cancel", () => resolve(null));
        input.click();
    });
}
