/** Tasks of the user's that may fail. */

/**
 * Every task ends in the page's state, or in words that say why not.
 * @param {(text: string) => void} tell
 */
export function createGuard(tell) {
    /**
     * @template {any[]} Given @template Result
     * @param {(...given: Given) => Promise<Result>} task
     * @returns {(...given: Given) => Promise<Result | undefined>} never fails
     */
    return (task) => async (...given) => {
        tell("");
        try {
            return await task(...given);
        } catch (error) {
            tell(wordsOf(error));
            return undefined;
        }
    };
}

/** What an error says. @param {unknown} error */
export function wordsOf(error) {
    return error instanceof Error ? error.message : String(error);
}
