/**
 * Undo and redo over values that are never changed in place.
 *
 * @template T
 * @typedef {{past: T[], present: T, future: T[], key: string | null}} History
 *   `key` names the edit under way: further values of the same edit join its step
 */

const STEPS = 100; // that can be undone

/** @template T @param {T} present @returns {History<T>} */
export function startHistory(present) {
    return { past: [], present, future: [], key: null };
}

/**
 * One more step, or the same one when `key` is that of the edit under way.
 * @template T @param {History<T>} history @param {T} next @param {string | null} [key]
 * @returns {History<T>}
 */
export function record(history, next, key = null) {
    if (next === history.present) return history;
    if (key !== null && key === history.key) return { ...history, present: next, future: [] };
    return { past: [...history.past, history.present].slice(-STEPS), present: next, future: [], key };
}

/** The edit under way is over. @template T @param {History<T>} history @returns {History<T>} */
export function seal(history) {
    return history.key === null ? history : { ...history, key: null };
}

/** @template T @param {History<T>} history @returns {History<T>} */
export function undo(history) {
    if (history.past.length === 0) return history;
    const present = history.past[history.past.length - 1];
    return { past: history.past.slice(0, -1), present, future: [history.present, ...history.future], key: null };
}

/** @template T @param {History<T>} history @returns {History<T>} */
export function redo(history) {
    if (history.future.length === 0) return history;
    const [present, ...future] = history.future;
    return { past: [...history.past, history.present], present, future, key: null };
}
