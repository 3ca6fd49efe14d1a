/** The routes of the program that serves the page. */

import { t } from "./strings.mjs";

const PATIENCE = 60_000; // milliseconds that a server has for an answer which is no stream

/** What the server refused, in its words. */
export class Refused extends Error {}

/** A new name for a task of the server's, by which it is stopped. Pages over plain HTTP have no `randomUUID`. */
export const newId = () => crypto.randomUUID?.() ?? String(Math.random()).slice(2) + Date.now();

/** @param {URL|string} base address of `omost/v1/` */
export function createApi(base) {
    /** @param {string} path @param {unknown} body @param {AbortSignal} [signal] */
    async function call(path, body, signal) {
        /** @type {RequestInit} */
        const options = { signal };
        if (body !== undefined) {
            options.method = "POST";
            options.headers = { "Content-Type": "application/json" };
            options.body = JSON.stringify(body);
        }
        let answer;
        try {
            answer = await fetch(new URL(path, base), options);
        } catch {
            throw silent();
        }
        if (!answer.ok) throw new Refused(await reason(answer));
        return answer;
    }

    return {
        /** @param {string} path */
        urlOf: (path) => new URL(path, base).href,
        /** @param {string} path @returns {Promise<any>} */
        get: async (path) => (await call(path, undefined, AbortSignal.timeout(PATIENCE))).json(),
        /** @param {string} path @param {unknown} body @returns {Promise<any>} */
        post: async (path, body) => (await call(path, body, AbortSignal.timeout(PATIENCE))).json(),
        /** Calls `onEvent` with every event of a task, such as a reply; resolves when it has ended.
         * @param {string} path @param {unknown} body @param {(event: any) => void} onEvent @param {AbortSignal} [signal] breaks it off */
        async follow(path, body, onEvent, signal) {
            const answer = await call(path, body, signal);
            if (answer.body !== null) for await (const event of lines(answer.body, signal)) onEvent(event);
        },
    };
}

const silent = () => new Refused(t("The program that serves this page does not answer. Is it still running?"));

/** @param {Response} answer */
async function reason(answer) {
    const text = await answer.text();
    try {
        const { detail } = JSON.parse(text);
        if (typeof detail === "string") return detail;
        if (Array.isArray(detail)) return detail.map((each) => `${each.loc?.at(-1)}: ${each.msg}`).join("; ");
    } catch {
        // not JSON: a proxy or an error page
    }
    return `${answer.status} ${answer.statusText}`.trim();
}

/** @param {ReadableStream<Uint8Array>} stream of one JSON object a line @param {AbortSignal} [signal] that may break it off */
export async function* lines(stream, signal) {
    const decoder = new TextDecoder();
    const reader = stream.getReader();
    let rest = "";
    try {
        for (;;) {
            const { done, value } = await reader.read();
            rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
            const parts = rest.split("\n");
            rest = done ? "" : (parts.pop() ?? "");
            for (const line of parts) if (line.trim()) yield JSON.parse(line);
            if (done) return;
        }
    } catch (error) {
        throw signal?.aborted ? error : silent(); // a browser says it in words of its own
    }
}
