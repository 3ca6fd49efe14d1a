/**
 * The regions as layers, nearest first, with the whole picture behind them: a list to select in and to reorder in depth.
 * @import {LayerActions, Region, View, Vocabulary} from "./types"
 */
import { nearestFirst } from "./canvas_state.mjs";
import { button, element, setText } from "./dom.mjs";
import { createLayerDrag } from "./layer_drag.mjs";
import { createRow, paintRow, updateRow } from "./layer_row.mjs";
import { t } from "./strings.mjs";

/** @param {{vocabulary: Vocabulary, actions: LayerActions}} parts */
export function createLayers({ vocabulary, actions }) {
    /** @type {View} */
    let view = { doc: null, selected: null, locked: false };
    /** @type {Region[]} */
    let order = [];
    const ofSelected = (/** @type {(id: number) => void} */ act) => () => view.selected !== null && act(view.selected);
    const tools = {
        add: button("add", t("Add a region"), actions.add, true),
        nearer: button("nearer", t("Nearer to the viewer"), ofSelected((id) => shift(id, -1))),
        farther: button("farther", t("Farther from the viewer"), ofSelected((id) => shift(id, 1))),
        duplicate: button("duplicate", t("Duplicate the region"), ofSelected(actions.duplicate)),
        remove: button("delete", t("Delete the region"), ofSelected(actions.remove)),
    };
    const whole = createRow(null, actions);
    setText(whole.name, t("Whole picture"));
    /** @type {Map<number | null, ReturnType<typeof createRow>>} */
    const rows = new Map([[null, whole]]);
    const list = element("ol", { class: "omost-list", "aria-label": t("Regions, nearest first"), onkeydown: onKeyDown }, whole.root);
    const bar = element("div", { class: "omost-tools" }, ...Object.values(tools));
    const root = element("section", { class: "omost-layers", "aria-label": t("Layers") }, bar, list);
    const drag = createLayerDrag({
        getOrder: () => order.map((region) => region.id), getRow: (id) => rows.get(id) ?? whole, isLocked: () => view.locked,
        putBack: () => update(view), moveInDepth: actions.moveInDepth,
    });

    /** @param {View} next */
    function update(next) {
        view = next;
        drag.end();
        const regions = view.doc?.regions ?? [];
        order = nearestFirst(regions);
        const focused = [...rows.values()].flatMap((row) => [row.select, row.eye]).find((one) => one === document.activeElement);
        for (const [id, row] of rows) {
            if (row === whole || order.some((region) => region.id === id)) continue;
            rows.delete(id);
            row.root.remove();
        }
        order.forEach((region, at) => showRow(region, at, regions.indexOf(region) + 1));
        whole.root.hidden = !view.doc;
        if (view.doc) paintRow(whole, vocabulary.colors[view.doc.color_name], view.selected === null);
        if (focused?.isConnected) focused.focus({ preventScroll: true }); // a row that is moved loses it
        updateTools(order.findIndex((region) => region.id === view.selected));
    }

    /** @param {number} at of the selected region in the list, -1 for none */
    function updateTools(at) {
        tools.add.disabled = view.locked || order.length >= vocabulary.limits.regions;
        tools.duplicate.disabled = tools.add.disabled || at < 0;
        tools.remove.disabled = view.locked || at < 0;
        tools.nearer.disabled = view.locked || at <= 0;
        tools.farther.disabled = view.locked || at < 0 || at === order.length - 1;
    }

    /** @param {Region} region @param {number} at @param {number} number as written, from 1 */
    function showRow(region, at, number) {
        let row = rows.get(region.id);
        if (row === undefined) {
            row = createRow(region.id, actions);
            drag.listen(row, region.id);
            rows.set(region.id, row);
        }
        if (list.children[at] !== row.root) list.insertBefore(row.root, list.children[at]);
        paintRow(row, vocabulary.colors[region.color_name], region.id === view.selected);
        updateRow(row, region, { number, locked: view.locked });
    }

    /** @param {number} id @param {number} by */
    function shift(id, by) {
        const to = order.findIndex((region) => region.id === id) + by;
        if (to >= 0 && to < order.length) actions.moveInDepth(id, to);
    }

    /** Arrows go through the list, with Alt they take the region along. @param {KeyboardEvent} event */
    function onKeyDown(event) {
        const ids = [...order.map((region) => region.id), null];
        const at = ids.findIndex((each) => rows.get(each)?.select === event.target);
        if (at < 0 || event.ctrlKey || event.metaKey) return;
        const id = ids[at];
        const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
        const isOpen = id !== null && !view.locked;
        if (by && event.altKey && isOpen) shift(id, by);
        else if (by && !event.altKey) focus(ids[at + by]);
        else if (event.key === "Delete" && isOpen) actions.remove(id);
        else return;
        event.preventDefault();
        event.stopPropagation();
    }

    /** @param {number | null | undefined} id */
    function focus(id) {
        if (id !== undefined) rows.get(id)?.select.focus({ preventScroll: true });
    }

    return { root, update, focus };
}
