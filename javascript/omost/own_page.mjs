/** The page of the program by itself: the app beside a plain panel that draws pictures. */

import { createApi } from "./api.mjs";
import { startApp } from "./app.mjs";
import { createPanel } from "./own_panel.mjs";

const api = createApi(new URL("omost/v1/", document.baseURI));

async function start() {
    window.localization = await api.get("own/words");
    if (Object.keys(window.localization).length > 0) document.documentElement.lang = navigator.language;
    const panel = createPanel(document.querySelector("#panel"), api, await api.get("own/panel"));
    await startApp(document.querySelector("#app"), api, panel.host);
}

start().catch((error) => {
    document.querySelector("#app").textContent = error.message;
    console.error(error);
});
