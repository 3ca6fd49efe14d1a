import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { createApi, lines, Refused } from "../../javascript/omost/api.mjs";

const realFetch = globalThis.fetch;
afterEach(() => {
    globalThis.fetch = realFetch;
});

function streamOf(pieces) {
    return new ReadableStream({
        start(controller) {
            for (const piece of pieces) controller.enqueue(piece);
            controller.close();
        },
    });
}

async function all(stream) {
    const events = [];
    for await (const event of lines(stream)) events.push(event);
    return events;
}

/** Answers every request with `answer`, and tells what was asked. */
function serve(answer) {
    const asked = [];
    globalThis.fetch = async (url, options) => {
        asked.push({ url: String(url), ...options });
        return answer();
    };
    return asked;
}

const api = createApi("http://127.0.0.1:1/omost/v1/");
const bytes = new TextEncoder().encode('{"text":"ünï 🐈"}\n\n{"n":1}\n \n{"n":2}');
const events = [{ text: "ünï 🐈" }, { n: 1 }, { n: 2 }];

test("lines come whole wherever the stream was cut, heartbeats do not come, and the last needs no end", async () => {
    for (let at = 0; at <= bytes.length; at++) assert.deepEqual(await all(streamOf([bytes.slice(0, at), bytes.slice(at)])), events);
    assert.deepEqual(await all(streamOf([...bytes].map((byte) => Uint8Array.of(byte)))), events);
    assert.deepEqual(await all(streamOf([])), []);
});

test("an event is told before the next one has come", async () => {
    let controller;
    const reading = lines(new ReadableStream({ start: (given) => (controller = given) }));
    controller.enqueue(new TextEncoder().encode('{"n":1}\n{"n":'));
    assert.deepEqual((await reading.next()).value, { n: 1 });
    controller.enqueue(new TextEncoder().encode("2}\n"));
    assert.deepEqual((await reading.next()).value, { n: 2 });
});

test("what is asked goes as JSON below the address of the routes", async () => {
    const asked = serve(() => new Response('{"code":"x"}'));
    assert.deepEqual(await api.post("write", { canvas: 1 }), { code: "x" });
    await api.get("page");
    assert.equal(asked[0].url, "http://127.0.0.1:1/omost/v1/write");
    assert.deepEqual([asked[0].method, asked[0].body], ["POST", '{"canvas":1}']);
    assert.equal(asked[0].headers["Content-Type"], "application/json");
    assert.equal(asked[1].method, undefined);
});

test("a refusal is told in the server's words", async () => {
    const refusals = [
        [() => new Response('{"detail":"no canvas: line 1"}', { status: 422 }), "no canvas: line 1"],
        [() => new Response('{"detail":[{"loc":["body","width"],"msg":"too small"}]}', { status: 422 }), "width: too small"],
        [() => new Response("<html>", { status: 502, statusText: "Bad Gateway" }), "502 Bad Gateway"],
        [() => new Response("{}", { status: 500 }), "500"],
    ];
    for (const [answer, told] of refusals) {
        serve(answer);
        await assert.rejects(api.get("page"), (error) => error instanceof Refused && error.message === told);
    }
});

test("a server that has gone is told as such", async () => {
    serve(() => {
        throw new TypeError("fetch failed");
    });
    await assert.rejects(api.post("stop", {}), /does not answer/);
});

test("a task is followed event by event", async () => {
    serve(() => new Response(streamOf([bytes])));
    const heard = [];
    await api.follow("chat", {}, (event) => heard.push(event));
    assert.deepEqual(heard, events);
});

test("a stream that breaks is told as a server that has gone, one that was broken off in the words of who did, and a listener's own error as it is", async () => {
    const broken = () => new ReadableStream({
        pull(controller) {
            controller.error(new TypeError("network error"));
        },
    });
    const line = new AbortController();
    for (const body of [broken, () => streamOf([bytes.slice(0, 5)])]) {
        serve(() => new Response(body()));
        await assert.rejects(api.follow("chat", {}, () => {}), (error) => error instanceof Refused && /does not answer/.test(error.message));
    }
    line.abort();
    await assert.rejects(lines(broken(), line.signal).next(), /network error/);
    serve(() => new Response(streamOf([bytes])));
    await assert.rejects(api.follow("chat", {}, () => { throw new RangeError("mine"); }), /mine/);
});
