"""A long task as a stream of lines of JSON: what it tells as it goes on, and its end, however it ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Callable, Generator
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from lib_omost.errors import BadInputError
from lib_omost.page.threads import BusyError, in_a_thread

_HEARTBEAT = 1.0  # seconds
# The hosts compress what they send, and proxies wait for more: both would keep the events back.
_UNBUFFERED = {"Content-Encoding": "identity", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_MOST = 8  # tasks at once, nearly all of which wait for the one that works


class EventStream(StreamingResponse):
    """One JSON object a line; a blank line is a sign of life."""

    media_type = "application/x-ndjson"

    def __init__(self, lines: AsyncIterator[str], ended: Callable[[], None], status_code: int = 200) -> None:
        super().__init__(lines, status_code, headers=_UNBUFFERED)
        self._ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; `ended` is called also where the page went away before the first line."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._ended()


class Running:
    """The tasks that run now, by the name that the page gave them, each with what stops it. No more than `most`."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._stops: dict[str, threading.Event] = {}

    def start(self, name: str) -> threading.Event:
        """A task begins; setting the event stops it. Raises BusyError, or BadInputError when the name is taken."""
        with self._lock:
            if name in self._stops:
                raise BadInputError(f"{name!r} is the id of something that runs already", hint="give each its own")
            if len(self._stops) >= self._most:
                raise BusyError(f"{self._most} are waiting for their turn", hint="wait for one of them, or stop it")
            stop = self._stops[name] = threading.Event()
        return stop

    def stop(self, name: str) -> bool:
        """Stop a task; whether there was one."""
        stop = self._stops.get(name)
        if stop is not None:
            stop.set()
        return stop is not None

    def answer(self, name: str, events: Generator[dict[str, Any], None, None]) -> EventStream:
        """The answer that streams the events of a task. A page that is closed stops it."""

        def ended() -> None:
            self.stop(name)
            with self._lock:
                self._stops.pop(name, None)

        return EventStream(_lines(events), ended)


async def _lines(events: Generator[dict[str, Any], None, None]) -> AsyncIterator[str]:
    coming: asyncio.Future[dict[str, Any] | None] | None = None
    try:
        while True:
            coming = asyncio.ensure_future(in_a_thread(lambda: next(events, None)))
            while not (await asyncio.wait({coming}, timeout=_HEARTBEAT))[0]:
                yield "\n"  # a page that has gone is noticed only when something is sent to it
            event = coming.result()
            if event is None:
                return
            yield json.dumps(event) + "\n"
    finally:
        if coming is not None:  # a task that nobody asks for its next event does not end by itself
            coming.add_done_callback(lambda _: _close(events))


def _close(events: Generator[dict[str, Any], None, None]) -> None:
    """Without waiting: what a task does at its end takes its time."""

    def close() -> None:
        with contextlib.suppress(ValueError):  # it is at work still, and hears of its stop there
            events.close()

    threading.Thread(target=close, name="omost-route", daemon=True).start()
