"""A run that is told to end ends after the batch that it is at."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def told_to_stop() -> Iterator[Callable[[], bool]]:
    """Inside the block the first SIGINT or SIGTERM is only remembered: what is yielded says whether one came.

    A second one does what it always does.
    """
    told: list[int] = []
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def remember(number: int, _: object) -> None:
        told.append(number)
        restore()

    def restore() -> None:
        for known, handler in before.items():
            signal.signal(known, handler)

    for number in SIGNALS:
        signal.signal(number, remember)
    try:
        yield lambda: bool(told)
    finally:
        restore()
