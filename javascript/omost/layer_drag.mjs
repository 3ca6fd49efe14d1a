/**
 * A row of the list of layers that is dragged to another depth.
 * @import {LayerActions} from "./types"
 */

const SLACK = 4; // pixels that a click may slip

/**
 * @typedef {ReturnType<typeof import("./layer_row.mjs").createRow>} Row
 * @param {object} parts
 * @param {() => number[]} parts.getOrder  ids, nearest first
 * @param {(id: number) => Row} parts.getRow
 * @param {() => boolean} parts.isLocked
 * @param {() => void} parts.putBack  rows where they belong
 * @param {LayerActions["moveInDepth"]} parts.moveInDepth
 */
export function createLayerDrag({ getOrder, getRow, isLocked, putBack, moveInDepth }) {
    /** @type {{pointer: number, id: number, y: number, height: number, position: number, moved: boolean} | null} */
    let drag = null;

    /** @param {Row} row @param {number} id */
    function listen({ root }, id) {
        root.addEventListener("pointerdown", (event) => onDown(event, id));
        root.addEventListener("pointermove", onMove);
        root.addEventListener("pointerup", (event) => onEnd(event, true));
        root.addEventListener("pointercancel", (event) => onEnd(event, false));
    }

    /** @param {PointerEvent} event @param {number} id */
    function onDown(event, id) {
        const { root, grip, eye } = getRow(id);
        const path = event.composedPath();
        const onGrip = path.includes(grip);
        // A finger on the name scrolls the list; the eye is a button of its own.
        if (event.button !== 0 || isLocked() || path.includes(eye) || (event.pointerType !== "mouse" && !onGrip)) return;
        drag = { pointer: event.pointerId, id, y: event.clientY, height: root.offsetHeight, position: -1, moved: false };
        if (onGrip) event.preventDefault();
    }

    /** @param {PointerEvent} event */
    function onMove(event) {
        if (drag?.pointer !== event.pointerId) return;
        if (event.buttons === 0) return putBack(); // it was let go outside of the row
        const { id, height } = drag;
        const by = event.clientY - drag.y;
        if (!drag.moved && Math.abs(by) < SLACK) return;
        const { root } = getRow(id);
        if (!drag.moved) root.setPointerCapture(event.pointerId); // not before: a capture would swallow the click
        root.classList.add("omost-dragged");
        const order = getOrder();
        const from = order.indexOf(id);
        const to = Math.max(0, Math.min(order.length - 1, from + Math.round(by / height)));
        drag = { ...drag, moved: true, position: to };
        order.forEach((other, at) => {
            const aside = at === from ? by : at > from && at <= to ? -height : at < from && at >= to ? height : 0;
            getRow(other).root.style.transform = aside ? `translateY(${aside}px)` : "";
        });
    }

    /** @param {PointerEvent} event @param {boolean} kept */
    function onEnd(event, kept) {
        if (drag?.pointer !== event.pointerId) return;
        const { id, position, moved } = drag;
        putBack();
        if (kept && moved && getOrder()[position] !== id) moveInDepth(id, position);
    }

    function end() {
        drag = null;
    }

    return { listen, end };
}
