"""Threads for the work of routes: none is taken from the pool that all routes of the serving program share."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from lib_omost.errors import OmostError

Result = TypeVar("Result")


class BusyError(OmostError):
    """So much waits already that nothing more is taken."""


class Desk:
    """Does the work of one route, first come, first served: some `at_once`, some `waiting`, and no more."""

    def __init__(self, at_once: int = 2, waiting: int = 128) -> None:
        self._at_once = at_once
        self._most = waiting
        self._lock = threading.Lock()
        self._waiting: deque[Callable[[], None]] = deque()
        self._threads = 0

    async def do(self, work: Callable[[], Result]) -> Result:
        """What `work` returns or raises. Raises BusyError at once when too many wait already."""
        job, done = _told_to_this_loop(work)
        with self._lock:
            if len(self._waiting) >= self._most:
                raise BusyError("too many such requests are waiting", hint="try again in a moment")
            self._waiting.append(job)
            if self._threads < self._at_once:
                self._threads += 1
                _start(self._serve)
        return await done

    def _serve(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._threads -= 1
                    return
                job = self._waiting.popleft()
            job()


async def in_a_thread(work: Callable[[], Result]) -> Result:
    """What `work` returns or raises, from a thread of its own."""
    job, done = _told_to_this_loop(work)
    _start(job)
    return await done


def _start(work: Callable[[], None]) -> None:
    """A thread that does not keep the program from ending."""
    threading.Thread(target=work, name="omost-route", daemon=True).start()


def _told_to_this_loop(work: Callable[[], Result]) -> tuple[Callable[[], None], asyncio.Future[Result]]:
    """`work` for another thread, which raises nothing there, and where the running loop is told what came of it."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()

    def tell(say: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(lambda: None if done.done() else say())

    def job() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 (it is raised where it is waited for)
            fault = error
            tell(lambda: done.set_exception(fault))
        else:
            tell(lambda: done.set_result(result))

    return job, done
