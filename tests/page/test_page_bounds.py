"""However much is sent at once: bodies have an end, what waits holds up nobody, and the page stays alive."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time
import tracemalloc
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect

from lib_omost.app.web import painter as painters
from lib_omost.app.web.painter import Painter
from lib_omost.app.web.server import build_app
from lib_omost.page.body import read_body
from lib_omost.page.events import Running
from lib_omost.page.presets import Presets
from lib_omost.page.routes import MAX_BODY_BYTES, Routes
from lib_omost.page.threads import Desk, in_a_thread
from lib_omost.pictures.references import ReferencePictures
from tests.conftest import served
from tests.page.conftest import QueuedChats

JSON = {"Content-Type": "application/json"}
MB = 2**20


def run_apart(work: Coroutine[Any, Any, Any]) -> Any:
    """A loop in a thread of its own: browser tests leave one running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def in_pieces(total: int, size: int = MB) -> Iterator[bytes]:
    """As a browser or a program sends a body whose length it does not tell."""
    for _ in range(total // size):
        yield b"[" * size


@pytest.mark.parametrize("path", ["parse", "draft", "read", "chat", "presets/keep", "unload", "history/read"])
@pytest.mark.parametrize("is_told", [True, False])
def test_a_body_that_is_too_long_is_refused(client: TestClient, path: str, is_told: bool) -> None:
    size = MAX_BODY_BYTES + MB
    answer = client.post(f"/omost/v1/{path}", content=b"[" * size if is_told else in_pieces(size), headers=JSON)
    assert answer.status_code == 413
    assert answer.json() == {"detail": "the request is too large: at most 8 MB are read"}


@pytest.mark.parametrize("is_told", [True, False])
def test_a_body_as_long_as_may_be_is_read(client: TestClient, code: str, is_told: bool) -> None:
    body = json.dumps({"text": code}).encode()
    body += b" " * (MAX_BODY_BYTES - len(body))
    assert client.post("/omost/v1/parse", content=body if is_told else iter([body]), headers=JSON).status_code == 200
    assert client.post("/omost/v1/parse", content=body + b" ", headers=JSON).status_code == 413


def test_a_picture_has_room(tmp_path: Path, chats: QueuedChats) -> None:
    app = build_app(
        lambda: chats,
        Painter(tmp_path, pictures=ReferencePictures(tmp_path / "references")),
        Presets(tmp_path),
        lambda: None,
    )
    client = TestClient(app, base_url="http://localhost")
    large = {"png": "A" * (3 * MAX_BODY_BYTES)}
    assert "no picture" in client.post("/omost/v1/own/read", json=large).json()["detail"]
    assert client.post("/omost/v1/own/read", json={"png": "A" * (5 * MAX_BODY_BYTES)}).status_code == 413


def read(pieces: Iterator[bytes], most: int, **headers: str) -> bytes:
    async def receive() -> Any:
        piece = next(pieces, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    return run_apart(read_body(Headers(headers), receive, most))


def test_what_is_too_much_is_not_kept() -> None:
    tracemalloc.start()
    with pytest.raises(HTTPException, match="too large"):
        read(in_pieces(100 * MB), 4 * MB)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * MB


@pytest.mark.parametrize("told", ["5", "-1", "x", "", "\xb2", "9" * 5000])
def test_a_length_that_is_told_wrongly_is_not_believed(told: str) -> None:
    is_endless = told.startswith("9")
    if is_endless:
        with pytest.raises(HTTPException, match="too large"):
            read(iter([b"abc"]), MB, **{"content-length": told})
    else:
        assert read(iter([b"ab", b"c"]), MB, **{"content-length": told}) == b"abc"
        with pytest.raises(HTTPException, match="too large"):
            read(iter([b"ab", b"c"]), 2, **{"content-length": told})


def test_an_endless_body_ends() -> None:
    sent = iter(int, 1)  # never
    with pytest.raises(HTTPException, match="too large"):
        read((b"[" * (16 * MB) for _ in sent), MB)


def test_a_hundred_megabytes_are_answered_at_once(client: TestClient) -> None:
    with served(client.app) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        began = time.monotonic()
        connection.request("POST", "/omost/v1/parse", in_pieces(100 * MB), JSON, encode_chunked=True)
        answer = connection.getresponse()
        assert answer.status == 413
        assert "too large" in json.loads(answer.read())["detail"]
        assert time.monotonic() - began < 20
        httpx.get(f"http://127.0.0.1:{port}/omost/v1/page").raise_for_status()


def alive(port: int, path: str) -> float:
    """Seconds that an answer took."""
    began = time.monotonic()
    httpx.get(f"http://127.0.0.1:{port}{path}", timeout=30).raise_for_status()
    return time.monotonic() - began


def test_streams_that_wait_hold_up_no_other_route() -> None:
    app, going = FastAPI(), threading.Event()
    running = Running(most=100)

    def wait(body: dict[str, Any]) -> Any:
        stop = running.start(body["id"])
        return running.answer(body["id"], ({"n": n} for n in range(2) if n == 0 or not going.wait(30) or stop))

    Routes(app).post("/wait", wait, response_model=None)
    app.add_api_route("/hosts-own", lambda: {}, methods=["GET"])  # works in the pool that all routes share
    with served(app) as port, httpx.Client(limits=httpx.Limits(max_connections=None), timeout=60) as client:
        streams = [
            client.stream("POST", f"http://127.0.0.1:{port}/wait", json={"id": f"waits-{number}"})
            for number in range(60)
        ]
        for stream in streams:
            assert next(stream.__enter__().iter_lines()) == '{"n": 0}'
        try:
            assert alive(port, "/hosts-own") < 5
        finally:
            going.set()
            for stream in streams:
                stream.__exit__(None, None, None)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Pictures that are drawn until the event is set, or they are stopped."""
    done = threading.Event()

    def draw(
        _pipeline: Any,
        _canvas: Any,
        _settings: Any,
        progress: Callable[[str, int, int], None],
        *_: Any,
        **_keywords: Any,
    ) -> Any:
        while not done.wait(0.05):
            progress("drawing", 1, 2)
        raise painters.OmostError("no picture")

    monkeypatch.setattr("lib_omost.hosts.diffusers.render.render", draw)
    monkeypatch.setattr(Painter, "_pipeline", lambda self, name: None)
    yield done
    done.set()


def test_two_hundred_pictures_at_once_leave_the_page_alive(
    tmp_path: Path, chats: QueuedChats, slow: threading.Event
) -> None:
    app = build_app(
        lambda: chats,
        Painter(tmp_path, pictures=ReferencePictures(tmp_path / "references")),
        Presets(tmp_path),
        lambda: None,
    )
    with served(app) as port:
        statuses, ends = run_apart(flood(port, slow))
    assert statuses.count(200) == 8
    assert statuses.count(503) == 192
    assert sorted(ends) == ["failed"] * 7 + ["stopped"]


async def flood(port: int, slow: threading.Event) -> tuple[list[int], list[str]]:
    """Ask for 200 pictures, look at the page meanwhile, stop one that waits, and let the others be drawn."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)  # one that idles is closed by the server
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", limits=limits, timeout=120) as client:

        async def draw(number: int) -> tuple[int, str]:
            async with client.stream("POST", "/omost/v1/own/draw", json={"id": f"picture-{number:03}"}) as answer:
                told.append((number, answer.status_code))
                lines = [line async for line in answer.aiter_lines() if line.strip()]
            return answer.status_code, json.loads(lines[-1]).get("type", "")

        told: list[tuple[int, int]] = []
        draws = [asyncio.ensure_future(draw(number)) for number in range(200)]
        while len(told) < 200:
            await asyncio.sleep(0.05)
        for path in ("/omost/v1/own/panel", "/omost/v1/models", "/omost/v1/presets", "/"):
            took = []
            for _ in range(8):  # the computer may be at other things, too
                began = time.monotonic()
                (await client.get(path)).raise_for_status()
                took.append(time.monotonic() - began)
            assert min(took) < 1
        taken = [number for number, status in told if status == 200]  # the first of these is being drawn
        answer = await client.post("/omost/v1/own/stop", json={"id": f"picture-{taken[-1]:03}"})
        assert answer.json() == {"stopped": True}
        number, end = await draws[taken[-1]]  # though it waits for the others
        assert (number, end) == (200, "stopped")
        slow.set()
        results = await asyncio.gather(*draws)
    return [status for status, _ in results], [end for status, end in results if status == 200]


class Gone(OSError):
    """What a server raises where nobody listens any more."""


def test_an_id_is_used_once_at_a_time() -> None:
    running = Running()
    running.start("task-0001")
    with pytest.raises(painters.OmostError, match="runs already"):
        running.start("task-0001")


def test_a_page_that_left_before_its_first_event_gives_its_place_back() -> None:
    running = Running(most=1)
    stop = running.start("task-0001")

    async def gone(_message: Any) -> None:
        raise Gone

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    answer = running.answer("task-0001", ({} for _ in ()))
    scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}}
    with pytest.raises((Gone, ClientDisconnect)):
        run_apart(answer(scope, receive, gone))
    assert stop.is_set()
    running.start("task-0002")


def test_a_desk_does_some_at_once_some_later_and_no_more() -> None:
    async def work() -> list[Any]:
        desk, going, at_work = Desk(at_once=2, waiting=3), threading.Event(), []

        def one(number: int) -> int:
            at_work.append(number)
            going.wait(10)
            return number

        asked = [asyncio.ensure_future(desk.do(lambda number=number: one(number))) for number in range(20)]
        await asyncio.sleep(0.3)
        assert len(at_work) == 2
        going.set()
        results = await asyncio.gather(*asked, return_exceptions=True)
        assert await desk.do(lambda: "later") == "later"
        return results

    results = run_apart(work())
    done = [result for result in results if isinstance(result, int)]
    assert 3 <= len(done) <= 5
    assert all("waiting" in str(result) for result in results if not isinstance(result, int))


def test_what_goes_wrong_in_a_thread_is_raised_where_it_is_waited_for() -> None:
    def fails() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        run_apart(in_a_thread(fails))
