/** The app in the accordion of a WebUI. */

import { createApi } from "./api.mjs";
import { startApp } from "./app.mjs";
import { element } from "./dom.mjs";
import { onJobEnd } from "./told.mjs";
import { webui } from "./webui.mjs";

/** @param {HTMLElement} mount @param {"txt2img" | "img2img"} tab */
export async function start(mount, tab) {
    await styled();
    return startApp(mount, createApi(new URL("omost/v1/", document.baseURI)), webui(tab, (ended) => onJobEnd(mount, ended)));
}

/** Resolves when the app's styles are there; both tabs share them, and a page without them works still. @returns {Promise<void>} */
function styled() {
    const href = new URL("app.css", import.meta.url).href;
    if ([...document.styleSheets].some((sheet) => sheet.href === href)) return Promise.resolve();
    return new Promise((resolve) => {
        const link = element("link", { rel: "stylesheet", href });
        link.onload = link.onerror = () => resolve();
        document.head.append(link);
    });
}
