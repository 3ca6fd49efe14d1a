/** The app in the accordion of a WebUI. */

import { createApi } from "./api.mjs";
import { startApp } from "./app.mjs";
import { onJobEnd } from "./told.mjs";
import { webui } from "./webui.mjs";

/** @param {HTMLElement} mount @param {"txt2img" | "img2img"} tab */
export function start(mount, tab) {
    return startApp(mount, createApi(new URL("omost/v1/", document.baseURI)), webui(tab, (ended) => onJobEnd(mount, ended)));
}
