"""The child's life: take the pipes, hear orders, and end with the parent."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import BinaryIO

from lib_omost.chat.worker.child.engine import Engine, Load, read_load
from lib_omost.chat.worker.lines import Answer, answer_line, from_line, read_lines

_PARENT_TICK = 1.0  # seconds between two looks at who the parent is


def main(load: Load) -> None:
    """Answer orders until the parent goes or says so. Never returns."""
    parent = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches parent and child: the parent decides
    orders, answers = _take_pipes()
    if hasattr(os, "fork"):
        _in_background(lambda: _end_with_parent(parent))
    lines = read_lines(orders)
    if (first := next(lines, None)) is not None:
        engine = Engine(read_load(from_line(first)), load, _sayer(answers))
        _in_background(engine.run)
        _hear(lines, engine)
    os._exit(0)  # at once: threads and the memory of the card go with the process


def _hear(lines: Iterator[bytes], engine: Engine) -> None:
    """Hand on every order that follows the first, until the end."""
    for line in lines:
        try:
            order = from_line(line)
            if order.get("order") == "end":
                return
            engine.take(order)
        except (ValueError, TypeError) as error:
            sys.stderr.write(f"an order cannot be read: {error}\n")


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """stdin and stdout, for orders and answers alone: what libraries print, in C too, goes to stderr from now on."""
    orders, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return orders, answers


def _sayer(pipe: BinaryIO) -> Callable[[Answer, int | None], None]:
    """What sends an answer, from any thread; where nobody hears it any more, the child ends."""
    lock = threading.Lock()

    def say(answer: Answer, number: int | None) -> None:
        line = answer_line(answer, number)
        with lock:
            try:
                pipe.write(line)
                pipe.flush()
            except OSError:
                os._exit(0)

    return say


def _in_background(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True).start()


def _end_with_parent(parent: int) -> None:
    """The second lifeline, in case another process holds the pipe's other end: an orphan has another parent."""
    while os.getppid() == parent:
        time.sleep(_PARENT_TICK)
    os._exit(0)
