/**
 * The regions as layers, nearest first, with the whole picture behind them: a list to select in and to reorder in depth.
 * @import {LayerActions, Region, Translate, View, Vocabulary} from "./types.d.ts"
 */
import { nearestFirst } from "./canvas_state.mjs";
import { button, element, fill, icon, relabel, setAttribute, setText } from "./dom.mjs";
import { nameOf } from "./words.mjs";

const SLACK = 4; // pixels that a click may slip

/** @param {{vocabulary: Vocabulary, t: Translate, actions: LayerActions}} parts */
export function createLayers({ vocabulary, t, actions }) {
    /** @type {View} */
    let view = { doc: null, selected: null, locked: false };
    /** @type {Region[]} */
    let order = [];
    /** @type {{pointer: number, id: number, y: number, height: number, position: number, moved: boolean} | null} */
    let drag = null;

    const tools = {
        add: button("add", t("Add a region"), actions.add, true),
        nearer: button("nearer", t("Nearer to the viewer"), () => shift(view.selected, -1)),
        farther: button("farther", t("Farther from the viewer"), () => shift(view.selected, 1)),
        duplicate: button("duplicate", t("Duplicate the region"), () => actions.duplicate(view.selected)),
        remove: button("delete", t("Delete the region"), () => actions.remove(view.selected)),
    };
    const whole = newRow(null);
    setText(whole.name, t("Whole picture"));
    /** @type {Map<number | null, ReturnType<typeof newRow>>} */
    const rows = new Map([[null, whole]]);
    const list = element("ol", { class: "omost-list", "aria-label": t("Regions, nearest first"), onkeydown: onKeyDown }, whole.root);
    const bar = element("div", { class: "omost-tools" }, ...Object.values(tools));
    const root = element("section", { class: "omost-layers", "aria-label": t("Layers") }, bar, list);

    function update(next) {
        view = next;
        drag = null;
        const regions = view.doc?.regions ?? [];
        order = nearestFirst(regions);
        const focused = [...rows.values()].flatMap((row) => [row.select, row.eye]).find((one) => one === document.activeElement);
        for (const [id, row] of rows) {
            if (row === whole || order.some((region) => region.id === id)) continue;
            rows.delete(id);
            row.root.remove();
        }
        order.forEach((region, at) => updateRow(region, at, regions.indexOf(region) + 1));
        whole.root.hidden = !view.doc;
        if (view.doc) paintRow(whole, view.doc.color_name, view.selected === null);
        if (focused?.isConnected) focused.focus({ preventScroll: true }); // a row that is moved loses it
        updateTools(order.findIndex((region) => region.id === view.selected));
    }

    function updateTools(at) {
        tools.add.disabled = view.locked || order.length >= vocabulary.limits.regions;
        tools.duplicate.disabled = tools.add.disabled || at < 0;
        tools.remove.disabled = view.locked || at < 0;
        tools.nearer.disabled = view.locked || at <= 0;
        tools.farther.disabled = view.locked || at < 0 || at === order.length - 1;
    }

    function updateRow(region, at, number) {
        const row = rows.get(region.id) ?? newRow(region.id);
        rows.set(region.id, row);
        if (list.children[at] !== row.root) list.insertBefore(row.root, list.children[at]);
        row.root.style.transform = "";
        row.root.classList.remove("omost-dragged");
        paintRow(row, region.color_name, region.id === view.selected);
        const name = nameOf(region, t);
        setText(row.number, String(number));
        setText(row.name, name);
        row.select.title = name;
        setAttribute(row.root, "data-hidden", region.hidden);
        setAttribute(row.eye, "aria-pressed", String(region.hidden));
        relabel(row.eye, region.hidden ? "hidden" : "shown", fill(t("Hide for a trial: {name}"), { name }));
        row.eye.disabled = view.locked;
    }

    function paintRow(row, color, current) {
        setAttribute(row.root, "data-current", current);
        setAttribute(row.select, "aria-current", current ? "true" : null);
        row.swatch.style.background = `rgb(${vocabulary.colors[color]})`;
    }

    function newRow(id) {
        const isRegion = id !== null;
        const grip = element("span", { class: "omost-grip", "aria-hidden": "true" });
        if (isRegion) grip.append(icon("grip"));
        const swatch = element("span", { class: "omost-swatch" });
        const [number, name] = [element("b"), element("bdi")];
        const select = element(
            "button", { type: "button", class: "omost-row-name", "data-id": id, onclick: () => actions.select(id) }, swatch, number, " ", name,
        );
        const eye = button("shown", t("Hide for a trial: {name}"), () => actions.hide(id, eye.getAttribute("aria-pressed") === "false"));
        eye.hidden = !isRegion;
        const root = element("li", { class: "omost-row" }, grip, select, eye);
        if (isRegion) {
            root.addEventListener("pointerdown", (event) => onPointerDown(event, id));
            root.addEventListener("pointermove", onPointerMove);
            root.addEventListener("pointerup", (event) => endDrag(event, true));
            root.addEventListener("pointercancel", (event) => endDrag(event, false));
        }
        return { root, grip, select, swatch, number, name, eye };
    }

    function onPointerDown(event, id) {
        const { root, grip, eye } = rows.get(id);
        const path = event.composedPath();
        const onGrip = path.includes(grip);
        // A finger on the name scrolls the list; the eye is a button of its own.
        if (event.button !== 0 || view.locked || path.includes(eye) || (event.pointerType !== "mouse" && !onGrip)) return;
        drag = { pointer: event.pointerId, id, y: event.clientY, height: root.offsetHeight, position: -1, moved: false };
        if (onGrip) event.preventDefault();
    }

    function onPointerMove(event) {
        if (drag?.pointer !== event.pointerId) return;
        const { id, height } = drag;
        const by = event.clientY - drag.y;
        if (!drag.moved && Math.abs(by) < SLACK) return;
        const { root } = rows.get(id);
        if (!drag.moved) root.setPointerCapture(event.pointerId); // not before: a capture would swallow the click
        root.classList.add("omost-dragged");
        const from = order.findIndex((region) => region.id === id);
        const to = Math.max(0, Math.min(order.length - 1, from + Math.round(by / height)));
        drag = { ...drag, moved: true, position: to };
        order.forEach((region, at) => {
            const aside = at === from ? by : at > from && at <= to ? -height : at < from && at >= to ? height : 0;
            rows.get(region.id).root.style.transform = aside ? `translateY(${aside}px)` : "";
        });
    }

    function endDrag(event, kept) {
        if (drag?.pointer !== event.pointerId) return;
        const { id, position, moved } = drag;
        update(view); // rows back where they belong
        if (kept && moved && order[position].id !== id) actions.moveInDepth(id, position);
    }

    function shift(id, by) {
        const to = order.findIndex((region) => region.id === id) + by;
        if (to >= 0 && to < order.length) actions.moveInDepth(id, to);
    }

    /** Arrows go through the list, with Alt they take the region along. */
    function onKeyDown(event) {
        const ids = [...order.map((region) => region.id), null];
        const at = ids.findIndex((id) => rows.get(id).select === event.target);
        const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        const isOpen = ids[at] !== null && !view.locked;
        if (at < 0 || event.ctrlKey || event.metaKey) return;
        if (by && event.altKey && isOpen) shift(ids[at], by);
        else if (by && !event.altKey) rows.get(ids[at + by])?.select.focus();
        else if (event.key === "Delete" && isOpen) actions.remove(ids[at]);
        else return;
        event.preventDefault();
        event.stopPropagation();
    }

    function focus(id) {
        rows.get(id)?.select.focus({ preventScroll: true });
    }

    return { root, update, focus };
}
