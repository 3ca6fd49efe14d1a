/**
 * The language models to choose from.
 * @import {ModelState, Parts} from "./types"
 */

import { modelChosen } from "./page_state.mjs";
import { t } from "./strings.mjs";

const ON_SERVER = "server:"; // before the name of a server's model; alone it stands for a server that does not answer
const OFFLINE = "server offline";

/**
 * The models to choose from, among them in any case the one that is chosen: a server that does not answer now, or a
 * model that is gone, is shown as what it is, and no other takes its place unasked.
 * @param {ModelState[]} models that the server lists @param {string} chosen
 * @returns {ModelState[]}
 */
export function choosable(models, chosen) {
    if (chosen === "" || models.some((each) => each.name === chosen)) return models;
    const silent = chosen.startsWith(ON_SERVER) ? models.find((each) => each.state === OFFLINE) : undefined;
    if (silent === undefined) return [...models, { name: chosen, label: chosen, state: t("not in the list"), note: "" }];
    return models.map((each) => (each === silent ? { ...silent, name: chosen, label: chosen } : each));
}

/** @param {Pick<Parts, "page" | "api" | "chat"> & {bar: Pick<Parts["bar"], "showSight">, sight: Pick<Parts["sight"], "setEyes">}} parts */
export function createModels({ page, api, chat, bar, sight }) {
    async function refresh() {
        const { models, chosen } = await api.get("models");
        const shown = page.state.model || chosen;
        chat.showModels(choosable(models, shown), shown);
        const isServer = models.some((/** @type {ModelState} */ each) => each.name.startsWith(ON_SERVER));
        bar.showSight(isServer);
        sight.setEyes(isServer);
    }

    return {
        refresh,
        /** @param {string} name */
        async choose(name) {
            page.go(modelChosen, name);
            await refresh();
        },
        async unload() {
            await api.post("unload", {});
            await refresh();
        },
    };
}
