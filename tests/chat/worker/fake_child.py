"""A real worker child around a model that does what its name says. Run as a script by the tests of the worker."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from lib_omost.chat.model import Piece
from lib_omost.chat.worker.child.engine import Order
from lib_omost.chat.worker.child.main import main
from lib_omost.chat.worker.status import Phase, WorkerStatus
from lib_omost.errors import ModelError
from tests.language_model import Asked, FakeModel, written


def model_named(name: str) -> FakeModel:
    """The model that does what its name says."""

    def answer(asked: Asked) -> Iterator[Piece]:
        text = f"{asked.messages[-1].content} {asked.sampling.seed} {asked.grammar}"
        if name == "endless":
            text = "x" * 10**6
        if name in {"echo", "slow-echo"}:
            text = asked.messages[-1].content
        yield Piece("", 0, 1)  # a part of the prompt was read
        if name == "mute":
            return
        for piece in written(text, asked, pause=0.01 if name in {"endless", "slow-echo"} else 0):
            if piece.tokens == 5:
                fail(name)
            yield piece

    return FakeModel(answer=answer, context_tokens=8191)


def fail(name: str) -> None:
    """Go wrong in the way of that name."""
    if name == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "crash":
        sys.stderr.write("Segmentation fault in a kernel\n")
        sys.stderr.flush()
        os._exit(3)
    if name == "oom":
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
    if name == "error":
        raise ModelError("the grammar cannot be followed", hint="without it")


def load(order: Order) -> FakeModel:
    name = Path(order.spec.where).name
    if name == "load-oom":
        raise MemoryError
    if name == "load-error":
        raise ModelError("it has no chat template", hint="choose an instruct model")
    if name == "load-crash":
        os._exit(7)
    if name == "slow":
        order.report(WorkerStatus(Phase.DOWNLOADING, 5_000_000, 20_000_000, 2_500_000.0))
        time.sleep(600)
    return model_named(name)


main(load)
