"""A long task as a stream of lines of JSON: what it tells as it goes on, and its end, however it ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Generator
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

_HEARTBEAT = 1.0  # seconds
# The hosts compress what they send, and proxies wait for more: both would keep the events back.
_UNBUFFERED = {"Content-Encoding": "identity", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Running:
    """The tasks that run now, by the name that the page gave them, each with what stops it."""

    def __init__(self) -> None:
        self._stops: dict[str, threading.Event] = {}

    def start(self, name: str) -> threading.Event:
        """A task begins; setting the event stops it."""
        stop = self._stops[name] = threading.Event()
        return stop

    def stop(self, name: str) -> bool:
        """Stop a task; whether there was one."""
        stop = self._stops.get(name)
        if stop is not None:
            stop.set()
        return stop is not None

    def answer(self, name: str, events: Generator[dict[str, Any], None, None]) -> StreamingResponse:
        """The answer that streams the events of a task. A page that is closed stops it."""
        return StreamingResponse(self._lines(name, events), headers=_UNBUFFERED, media_type="application/x-ndjson")

    async def _lines(self, name: str, events: Generator[dict[str, Any], None, None]) -> AsyncIterator[str]:
        coming: asyncio.Future[dict[str, Any] | None] | None = None
        try:
            while True:
                coming = asyncio.ensure_future(run_in_threadpool(next, events, None))
                while not (await asyncio.wait({coming}, timeout=_HEARTBEAT))[0]:
                    yield "\n"  # a page that has gone is noticed only when something is sent to it
                event = coming.result()
                if event is None:
                    return
                yield json.dumps(event) + "\n"
        finally:
            self.stop(name)
            self._stops.pop(name, None)
            if coming is not None:  # a task that nobody asks for its next event does not end by itself
                loop = asyncio.get_running_loop()
                coming.add_done_callback(lambda _: loop.run_in_executor(None, _close, events))


def _close(events: Generator[dict[str, Any], None, None]) -> None:
    with contextlib.suppress(ValueError):  # it is at work still, and hears of its stop there
        events.close()
