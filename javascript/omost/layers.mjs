/**
 * The regions as layers, nearest first, with the whole picture behind them: a list to select in and to reorder in depth.
 *
 * @typedef {import("./canvas_state.mjs").Document} Document
 * @typedef {import("./canvas_state.mjs").Region} Region
 * @typedef {import("./geometry.mjs").Vocabulary} Vocabulary
 * @typedef {import("./words.mjs").Translate} Translate
 *
 * @typedef {object} LayerActions
 * @property {(id: number | null) => void} select
 * @property {() => void} add
 * @property {(id: number) => void} duplicate
 * @property {(id: number) => void} remove
 * @property {(id: number, hidden: boolean) => void} hide
 * @property {(id: number, position: number) => void} moveInDepth  position in the list, 0 is the nearest
 */
import { nearestFirst } from "./canvas_state.mjs";
import { button, element, fill, icon, relabel, setAttribute, setText } from "./dom.mjs";
import { nameOf } from "./words.mjs";

const SLACK = 4; // pixels that a click may slip

/** @param {{vocabulary: Vocabulary, t: Translate, actions: LayerActions}} parts */
export function createLayers({ vocabulary, t, actions }) {
    const selectedAnd = (/** @type {(id: number) => void} */ act) => () => view.selected !== null && act(view.selected);
    const tools = {
        add: button("add", t("Add a region"), () => actions.add(), true),
        nearer: button("nearer", t("Nearer to the viewer"), selectedAnd((id) => shift(id, -1))),
        farther: button("farther", t("Farther from the viewer"), selectedAnd((id) => shift(id, 1))),
        duplicate: button("duplicate", t("Duplicate the region"), selectedAnd((id) => actions.duplicate(id))),
        remove: button("delete", t("Delete the region"), selectedAnd((id) => actions.remove(id))),
    };
    const list = element("ol", { class: "omost-list", "aria-label": t("Regions, nearest first") });
    const whole = wholeRow();
    list.append(whole);
    const root = element(
        "section", { class: "omost-layers", "aria-label": t("Layers") },
        element("div", { class: "omost-tools" }, ...Object.values(tools)), list,
    );

    /** @type {Map<number, HTMLElement>} */
    const rows = new Map();
    /** @type {{document: Document | null, selected: number | null, locked: boolean}} */
    let view = { document: null, selected: null, locked: false };
    /** @type {Region[]} */
    let order = [];
    /** @type {{pointer: number, id: number, y: number, height: number, position: number, moved: boolean} | null} */
    let drag = null;

    list.addEventListener("keydown", onKeyDown);

    /** @param {typeof view} next */
    function update(next) {
        view = next;
        drag = null;
        const regions = view.document?.regions ?? [];
        order = nearestFirst(regions);
        const focused = list.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
        for (const [id, row] of rows) if (!regions.some((region) => region.id === id)) rows.delete(id), row.remove();
        order.forEach((region, at) => updateRow(region, at, regions.indexOf(region) + 1));
        updateWhole();
        if (focused?.isConnected) focused.focus({ preventScroll: true }); // a row that is moved loses it
        const at = order.findIndex((region) => region.id === view.selected);
        tools.add.disabled = view.locked || regions.length >= vocabulary.limits.regions;
        tools.duplicate.disabled = tools.add.disabled || at < 0;
        tools.remove.disabled = view.locked || at < 0;
        tools.nearer.disabled = view.locked || at <= 0;
        tools.farther.disabled = view.locked || at < 0 || at === order.length - 1;
    }

    /** @param {Region} region @param {number} at @param {number} number as written */
    function updateRow(region, at, number) {
        let row = rows.get(region.id);
        if (!row) {
            row = newRow(region.id);
            rows.set(region.id, row);
        }
        if (list.children[at] !== row) list.insertBefore(row, list.children[at]);
        row.style.transform = "";
        row.classList.remove("omost-dragged");
        const [, select, eye] = /** @type {any} */ (row.children);
        paintRow(row, select, region.color_name, region.id === view.selected);
        setAttribute(row, "data-hidden", region.hidden);
        setText(select.children[1], String(number));
        setText(select.children[2], nameOf(region, t));
        select.title = nameOf(region, t).slice(0, 300);
        eye.disabled = view.locked;
        setAttribute(eye, "aria-pressed", String(region.hidden));
        const values = { name: nameOf(region, t) };
        relabel(eye, region.hidden ? "hidden" : "shown", fill(t("Hide for a trial: {name}"), values));
    }

    function updateWhole() {
        whole.hidden = !view.document;
        if (view.document) paintRow(whole, /** @type {any} */ (whole.children[1]), view.document.color_name, view.selected === null);
    }

    /** @param {HTMLElement} row @param {HTMLElement} select @param {string} color @param {boolean} current */
    function paintRow(row, select, color, current) {
        setAttribute(row, "data-current", current);
        setAttribute(select, "aria-current", current ? "true" : null);
        const swatch = /** @type {HTMLElement} */ (select.querySelector(".omost-swatch"));
        swatch.style.background = `rgb(${vocabulary.colors[color].join(",")})`;
    }

    function wholeRow() {
        const select = element(
            "button", { type: "button", class: "omost-row-name", onclick: () => actions.select(null) },
            element("span", { class: "omost-swatch" }), element("span", { text: t("Whole picture") }),
        );
        return element("li", { class: "omost-row" }, element("span", { class: "omost-grip" }), select);
    }

    /** @param {number} id */
    function newRow(id) {
        const grip = element("span", { class: "omost-grip", "aria-hidden": "true", title: t("Drag to bring nearer or farther") }, icon("grip"));
        const select = element(
            "button", { type: "button", class: "omost-row-name", "data-id": id, onclick: () => actions.select(id) },
            element("span", { class: "omost-swatch" }), element("b"), element("bdi"),
        );
        const eye = button("shown", t("Hide for a trial: {name}"), () => {
            const region = order.find((one) => one.id === id);
            if (region) actions.hide(id, !region.hidden);
        });
        const row = element("li", { class: "omost-row" }, grip, select, eye);
        row.addEventListener("pointerdown", (event) => onPointerDown(event, row, id));
        row.addEventListener("pointermove", onPointerMove);
        row.addEventListener("pointerup", (event) => endDrag(event, true));
        row.addEventListener("pointercancel", (event) => endDrag(event, false));
        return row;
    }

    /** @param {PointerEvent} event @param {HTMLElement} row @param {number} id */
    function onPointerDown(event, row, id) {
        const target = /** @type {Element} */ (event.target);
        const onGrip = target.closest(".omost-grip");
        // A finger on the name scrolls the list; the eye is a button of its own.
        if (event.button !== 0 || view.locked || (event.pointerType !== "mouse" && !onGrip) || row.lastElementChild?.contains(target)) return;
        drag = { pointer: event.pointerId, id, y: event.clientY, height: row.offsetHeight, position: -1, moved: false };
        if (onGrip) event.preventDefault();
    }

    /** @param {PointerEvent} event */
    function onPointerMove(event) {
        if (drag?.pointer !== event.pointerId) return;
        const by = event.clientY - drag.y;
        if (!drag.moved && Math.abs(by) < SLACK) return;
        const row = /** @type {HTMLElement} */ (rows.get(drag.id));
        if (!drag.moved) row.setPointerCapture(event.pointerId); // not before: a capture would swallow the click
        drag.moved = true;
        const from = order.findIndex((region) => region.id === drag?.id);
        const to = Math.max(0, Math.min(order.length - 1, from + Math.round(by / drag.height)));
        drag.position = to;
        row.classList.add("omost-dragged");
        order.forEach((region, at) => {
            const aside = at === from ? by : at > from && at <= to ? -drag?.height : at < from && at >= to ? drag?.height : 0;
            /** @type {HTMLElement} */ (rows.get(region.id)).style.transform = aside ? `translateY(${aside}px)` : "";
        });
    }

    /** @param {PointerEvent} event @param {boolean} kept */
    function endDrag(event, kept) {
        if (drag?.pointer !== event.pointerId) return;
        const { id, position, moved } = drag;
        const from = order.findIndex((region) => region.id === id);
        update(view); // rows back where they belong
        if (kept && moved && position !== from) actions.moveInDepth(id, position);
    }

    /** @param {number} id @param {number} by */
    function shift(id, by) {
        const to = order.findIndex((region) => region.id === id) + by;
        if (to >= 0 && to < order.length) actions.moveInDepth(id, to);
    }

    /** Arrows go through the list, with Alt they take the region along. @param {KeyboardEvent} event */
    function onKeyDown(event) {
        const name = /** @type {Element} */ (event.target).closest(".omost-row-name");
        if (!name || event.ctrlKey || event.metaKey) return;
        const id = Number(name.getAttribute("data-id"));
        const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (by && event.altKey && id && !view.locked) {
            shift(id, by);
        } else if (by && !event.altKey) {
            const names = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".omost-row-name")]);
            names[names.indexOf(/** @type {HTMLElement} */ (name)) + by]?.focus();
        } else if (event.key === "Delete" && id && !view.locked) {
            actions.remove(id);
        } else return;
        event.preventDefault();
        event.stopPropagation();
    }

    /** @param {number | null} id */
    function focus(id) {
        const row = id === null ? whole : rows.get(id);
        /** @type {HTMLElement | null | undefined} */ (row?.querySelector(".omost-row-name"))?.focus({ preventScroll: true });
    }

    return { root, update, focus };
}
