"""Work that takes a while, and what it tells meanwhile."""

from __future__ import annotations

import concurrent.futures
import contextlib
import queue
import threading
from collections.abc import Callable, Generator
from typing import TypeVar

_TICK = 0.2  # seconds between two looks for an interrupt

Told = TypeVar("Told")
Result = TypeVar("Result")


def meanwhile(
    work: Callable[[Callable[[Told], None]], Result], leave: Callable[[], None], begun: Told
) -> Generator[Told, None, Result]:
    """Yield `begun` and what `work`, on a thread of its own, tells; then return what it returns, or raise its error.

    Where nobody reads on, `leave` is called, which should bring the work to its end; that is waited for.
    """
    said: queue.SimpleQueue[Told | None] = queue.SimpleQueue()
    result: concurrent.futures.Future[Result] = concurrent.futures.Future()
    result.add_done_callback(lambda _: said.put(None))

    def run() -> None:
        try:
            result.set_result(work(said.put))
        except BaseException as error:  # noqa: BLE001 (it is raised where it is waited for)
            result.set_exception(error)

    threading.Thread(target=run, name="omost-chat", daemon=True).start()
    try:
        yield begun
        while not (result.done() and said.empty()):
            with contextlib.suppress(queue.Empty):  # on Windows a thread that waits for ever hears no interrupt
                if (heard := said.get(timeout=_TICK)) is not None:
                    yield heard
    except BaseException:
        leave()
        concurrent.futures.wait((result,))
        raise
    return result.result()
