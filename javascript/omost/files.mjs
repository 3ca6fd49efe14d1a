/** Files from and to the user's computer. */

import { element } from "./dom.mjs";

/** @param {string} name @param {string} text */
export function saveFile(name, text) {
    const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
    element("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** @param {string} accept @returns {Promise<File|null>} */
export async function pickFile(accept) {
    return (await pickFiles(accept, false))[0] ?? null;
}

/** None when the user thinks better of it. @param {string} accept @param {boolean} several @returns {Promise<File[]>} */
export function pickFiles(accept, several) {
    return new Promise((resolve) => {
        const input = element("input", { type: "file", accept, multiple: several });
        input.addEventListener("change", () => resolve([...(input.files ?? [])]));
        input.addEventListener("cancel", () => resolve([]));
        input.click();
    });
}

/** @param {Blob} file @returns {Promise<string>} */
export async function base64(file) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    let binary = "";
    for (let start = 0; start < bytes.length; start += 8192) binary += String.fromCharCode(...bytes.subarray(start, start + 8192));
    return btoa(binary);
}

/**
 * Files that are dropped anywhere in a part of the page.
 * @param {HTMLElement} root @param {(files: File[]) => void} take
 */
export function takeDropped(root, take) {
    const holdsFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;
    root.addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault());
    root.addEventListener("drop", (event) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        event.stopPropagation(); // the hosts look for a prompt in what is dropped anywhere
        take([...(event.dataTransfer?.files ?? [])]);
    });
}
