/**
 * A press on the picture that selects, drags or resizes, by mouse, pen or finger.
 * @import {Edges, Rect, StageActions, View} from "./types"
 */
import { ALL_EDGES, edgesOf } from "./geometry.mjs";

const SLACK = 4; // pixels that a click may slip

/**
 * @param {object} parts
 * @param {HTMLElement} parts.picture
 * @param {number} parts.grid
 * @param {(event: PointerEvent, x: number, y: number) => {id: number | null, below: number | null, rect: Rect | null}} parts.hit
 * @param {(id: number) => void} parts.focus
 * @param {StageActions} parts.actions
 * @param {() => View} parts.getView
 */
export function createGesture({ picture, grid, hit, focus, actions, getView }) {
    /**
     * @typedef {{pointer: number, id: number, rect: Rect | null, below: number | null, edges: Edges, x: number, y: number,
     *   dx: number, dy: number, cell: {width: number, height: number}, moved: boolean, tapOnly: boolean}} Press
     */
    /** @type {Press | null} */
    let now = null;
    let frame = 0; // the animation frame that will show how far it got

    picture.addEventListener("pointerdown", onDown);
    picture.addEventListener("pointermove", onMove);
    picture.addEventListener("pointerup", onUp);
    picture.addEventListener("pointercancel", cancel);

    /** @param {PointerEvent} event */
    function onDown(event) {
        const { selected, locked } = getView();
        if (event.button !== 0 || locked || now) return;
        const bounds = picture.getBoundingClientRect();
        const cell = { width: bounds.width / grid, height: bounds.height / grid };
        const handle = /** @type {Element} */ (event.target).getAttribute("data-handle");
        const under = hit(event, (event.clientX - bounds.left) / cell.width, (event.clientY - bounds.top) / cell.height);
        const id = handle ? selected : under.id;
        if (id === null) return actions.select(null);
        // A finger scrolls the page over a box until the box is selected; only then it drags.
        const tapOnly = event.pointerType === "touch" && id !== selected && !handle;
        now = {
            pointer: event.pointerId, id, rect: under.rect, below: handle ? null : under.below, edges: handle ? edgesOf(handle) : ALL_EDGES,
            x: event.clientX, y: event.clientY, dx: 0, dy: 0, cell, moved: false, tapOnly,
        };
        if (tapOnly) return;
        event.preventDefault(); // no text is selected, and focus goes where we say
        focus(id); // first: what a field holds yet is of the region that was selected
        actions.select(id);
        picture.setPointerCapture(event.pointerId);
    }

    /** @param {PointerEvent} event */
    function onMove(event) {
        if (now === null || now.pointer !== event.pointerId || now.tapOnly) return;
        const [x, y] = [event.clientX - now.x, event.clientY - now.y];
        now.moved ||= Math.hypot(x, y) >= SLACK;
        const [dx, dy] = [Math.round(x / now.cell.width), Math.round(y / now.cell.height)];
        if (!now.moved || (dx === now.dx && dy === now.dy)) return;
        Object.assign(now, { dx, dy });
        frame ||= requestAnimationFrame(show);
    }

    function show() {
        frame = 0;
        if (now) actions.preview(now.id, now.edges, now.dx, now.dy);
    }

    /** @param {PointerEvent} event */
    function onUp(event) {
        if (now === null || now.pointer !== event.pointerId) return;
        const { id, below, moved, tapOnly } = now;
        if (frame) show();
        end();
        if (moved) return actions.keep();
        const next = tapOnly ? id : below;
        if (next === null) return;
        focus(next);
        actions.select(next);
    }

    /** Whether there was something to cancel. */
    function cancel() {
        if (!now) return false;
        end();
        actions.cancel();
        return true;
    }

    function end() {
        cancelAnimationFrame(frame);
        frame = 0;
        now = null;
    }

    /**
     * Where a box lay when its gesture began, and how many pixels away it is now; null when it is not being moved, or has
     * another size.
     * @param {number} id @param {Rect} rect
     */
    function movedFrom(id, [top, bottom, left, right]) {
        if (now?.id !== id || !now.rect || !now.moved || now.edges !== ALL_EDGES) return null;
        const [fromTop, fromBottom, fromLeft, fromRight] = now.rect;
        const isSameSize = bottom - top === fromBottom - fromTop && right - left === fromRight - fromLeft;
        if (!isSameSize) return null;
        return { from: now.rect, x: (left - fromLeft) * now.cell.width, y: (top - fromTop) * now.cell.height };
    }

    return { cancel, movedFrom };
}
