/** The page of the program by itself: the app beside a plain panel that draws pictures. */

import { createApi } from "./api.mjs";
import { startApp } from "./app.mjs";
import { wordsOf } from "./guarded.mjs";
import { createPanel } from "./own_panel.mjs";

const api = createApi(new URL("omost/v1/", document.baseURI));
const app = placeOf("app");

async function start() {
    /** @type {Record<string, string>} */
    const words = await api.get("own/words");
    window.localization = words;
    if (Object.keys(words).length > 0) document.documentElement.lang = navigator.language;
    const panel = createPanel(placeOf("panel"), api, await api.get("own/panel"));
    await startApp(app, api, panel.host);
}

/** @param {string} id */
function placeOf(id) {
    return /** @type {HTMLElement} */ (document.getElementById(id));
}

start().catch((error) => {
    app.textContent = wordsOf(error);
    console.error(error);
});
