/** The routes of the program that serves the page. */

import { t } from "./strings.mjs";

/** What the server refused, in its words. */
export class Refused extends Error {}

/** @param {URL|string} base address of `omost/v1/` */
export function createApi(base) {
    async function call(path, body) {
        const options = {};
        if (body !== undefined) {
            options.method = "POST";
            options.headers = { "Content-Type": "application/json" };
            options.body = JSON.stringify(body);
        }
        let answer;
        try {
            answer = await fetch(new URL(path, base), options);
        } catch {
            throw new Refused(t("The program that serves this page does not answer. Is it still running?"));
        }
        if (!answer.ok) throw new Refused(await reason(answer));
        return answer;
    }

    return {
        get: async (path) => (await call(path)).json(),
        post: async (path, body) => (await call(path, body)).json(),
        /** Calls `onEvent` with every event of a task, such as a reply; resolves when it has ended. */
        async follow(path, body, onEvent) {
            const answer = await call(path, body);
            for await (const event of lines(answer.body)) onEvent(event);
        },
    };
}

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

/** @param {ReadableStream<Uint8Array>} stream of one JSON object a line */
export async function* lines(stream) {
    const decoder = new TextDecoder();
    const reader = stream.getReader();
    let rest = "";
    for (;;) {
        const { done, value } = await reader.read();
        rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
        const parts = rest.split("\n");
        rest = done ? "" : parts.pop();
        for (const line of parts) if (line.trim()) yield JSON.parse(line);
        if (done) return;
    }
}
