/**
 * One row of the list of layers: its grip, colour, number, name and the eye that hides it for a trial.
 * @import {LayerActions, Region} from "./types"
 */
import { button, element, fill, icon, relabel, setAttribute, setText } from "./dom.mjs";
import { t } from "./strings.mjs";
import { nameOf } from "./words.mjs";

/** @param {number | null} id null for the whole picture @param {Pick<LayerActions, "select" | "hide">} actions */
export function createRow(id, actions) {
    const grip = element("span", { class: "omost-grip", "aria-hidden": "true" });
    if (id !== null) grip.append(icon("grip"));
    const swatch = element("span", { class: "omost-swatch" });
    const [number, name] = [element("b"), element("bdi")];
    const select = element(
        "button", { type: "button", class: "omost-row-name", "data-id": id, onclick: () => actions.select(id) }, swatch, number, " ", name,
    );
    const isShown = () => eye.getAttribute("aria-pressed") === "false";
    const eye = button("shown", t("Hide for a trial: {name}"), () => id !== null && actions.hide(id, isShown()));
    eye.hidden = id === null;
    const root = element("li", { class: "omost-row" }, grip, select, eye);
    return { root, grip, select, swatch, number, name, eye };
}

/** @param {ReturnType<typeof createRow>} row @param {number[]} color @param {boolean} current */
export function paintRow(row, color, current) {
    setAttribute(row.root, "data-current", current);
    setAttribute(row.select, "aria-current", current ? "true" : null);
    row.swatch.style.background = `rgb(${color})`;
}

/** @param {ReturnType<typeof createRow>} row @param {Region} region @param {{number: number, locked: boolean}} how */
export function updateRow(row, region, { number, locked }) {
    row.root.style.transform = "";
    row.root.classList.remove("omost-dragged");
    const name = nameOf(region);
    setText(row.number, String(number));
    setText(row.name, name);
    row.select.title = name;
    setAttribute(row.root, "data-hidden", region.hidden);
    setAttribute(row.eye, "aria-pressed", String(region.hidden));
    relabel(row.eye, region.hidden ? "hidden" : "shown", fill(t("Hide for a trial: {name}"), { name }));
    row.eye.disabled = locked;
}
