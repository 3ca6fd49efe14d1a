"""One HTTP request whose answer is read as it comes, within limits, and which can be stopped at any moment.

The request runs on an event loop of its own thread: a task there can be cancelled while it waits for a connection, for
the headers or for the next byte; a blocking read could not.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.faults import TooLargeError, connection_fault, refusal
from lib_omost.chat.client.limits import Limits
from lib_omost.errors import ServerError

_TICK = 0.05  # seconds between two looks at `should_stop`
_MOST_WAITING = 256  # chunks that have come and not been read
_MOST_OF_A_REFUSAL = 64 * 2**10  # bytes read of an answer that says why not


@dataclass(frozen=True)
class Opened:
    """The server has begun its answer."""

    content_type: str


@dataclass(frozen=True)
class Call:
    """What is asked of a server, at a path below its root: by POST when there is a body, else by GET."""

    endpoint: Endpoint
    path: str
    body: Mapping[str, Any] | None = None


def transfer(call: Call, limits: Limits, should_stop: Callable[[], bool]) -> Generator[Opened | bytes, None, None]:
    """`Opened`, then the bytes of the answer as they come; b"" now and then while none do.

    Ends early once `should_stop()` is true. Raises ServerError when the server cannot be reached, refuses, or breaks
    off, and when a limit of the connection, the whole time or the bytes is passed.
    """
    inbox: queue.Queue[Opened | bytes | Exception | None] = queue.Queue()
    request = _Request(call, limits, inbox.put, inbox.qsize)
    thread = threading.Thread(target=request.run, name="omost-request", daemon=True)
    thread.start()
    over = time.monotonic() + limits.whole
    try:
        while not should_stop():
            if time.monotonic() > over:
                raise ServerError(
                    f"the server was still answering after {limits.whole:g} seconds",
                    hint="ask for less, or use a smaller or faster model",
                )
            try:
                item = inbox.get(timeout=_TICK)
            except queue.Empty:
                yield b""
                continue
            if item is None:
                return
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        request.cancel()


class _Request:
    """The side of the thread. `give` gets what comes, then None, or the error that ended it.

    `waiting` counts what it was given and nobody has taken.
    """

    def __init__(
        self,
        call: Call,
        limits: Limits,
        give: Callable[[Opened | bytes | Exception | None], None],
        waiting: Callable[[], int],
    ) -> None:
        self._call, self._limits, self._give, self._waiting = call, limits, give, waiting
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        self._cancelled.set()

    def run(self) -> None:
        try:
            asyncio.run(self._main())
        except asyncio.CancelledError:
            pass
        except ServerError as error:
            self._give(error)
        except Exception as error:  # noqa: BLE001 (whatever it is, the thread that waits must hear of it)
            self._give(connection_fault(self._call.endpoint, error))
        else:
            self._give(None)

    async def _main(self) -> None:
        task = asyncio.create_task(self._exchange())
        while not task.done():
            await asyncio.wait({task}, timeout=_TICK)
            if self._cancelled.is_set():
                task.cancel()  # at every turn: a library may swallow one
        await task

    async def _exchange(self) -> None:
        limits, endpoint = self._limits, self._call.endpoint
        wait = httpx.Timeout(connect=limits.connect, read=None, write=limits.between, pool=limits.connect)
        # No redirect is followed, so the key reaches the host it was given for alone; no proxy stands before loopback.
        async with (
            httpx.AsyncClient(timeout=wait, trust_env=not endpoint.is_on_this_computer) as client,
            client.stream(
                "GET" if self._call.body is None else "POST",
                endpoint.root + self._call.path + endpoint.query,
                headers={**endpoint.headers, "Accept-Encoding": "identity"},
                json=self._call.body,
            ) as response,
        ):
            if not response.is_success:
                raise refusal(endpoint, response.status_code, await _start_of(response))
            if response.headers.get("content-encoding", "identity") != "identity":
                raise ServerError(
                    "the server sends a compressed stream, which was not asked for",
                    hint="check what stands between here and the server",
                )
            self._give(Opened(response.headers.get("content-type", "")))
            count = 0
            async for chunk in response.aiter_raw():
                count += len(chunk)
                if count > limits.most_bytes:
                    raise TooLargeError(limits.most_bytes)
                self._give(chunk)
                while (
                    self._waiting() > _MOST_WAITING and not self._cancelled.is_set()
                ):  # a server may be faster than whoever reads
                    await asyncio.sleep(_TICK / 5)


async def _start_of(response: httpx.Response) -> str:
    """The beginning of an answer, which may have no end."""
    data = bytearray()

    async def read() -> None:
        async for chunk in response.aiter_raw():
            data.extend(chunk)
            if len(data) >= _MOST_OF_A_REFUSAL:
                return

    with contextlib.suppress(asyncio.TimeoutError, httpx.HTTPError):  # the status says enough
        await asyncio.wait_for(read(), timeout=5)
    return data[:_MOST_OF_A_REFUSAL].decode("utf-8", "replace")
