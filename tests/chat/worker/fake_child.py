"""A real worker child around a model that does what its name says. Run as a script by the tests of the worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.model import Message, Piece, Sampling, never
from lib_omost.chat.worker.child.engine import Order
from lib_omost.chat.worker.child.main import main
from lib_omost.chat.worker.status import Phase, WorkerStatus
from lib_omost.errors import ModelError


@dataclass
class Fake:
    name: str
    context_tokens: int = 8191
    knows_canvas: bool = True
    bounds: Bounds | None = None

    def count_tokens(self, messages: Sequence[Message]) -> int:
        if self.name == "count-crash":
            os._exit(5)
        return sum(len(message.content) for message in messages)

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        should_stop: Callable[[], bool] = never,
        grammar: str | None = None,
    ) -> Iterator[Piece]:
        text = f"{messages[-1].content} {sampling.seed} {grammar}"
        if self.name in {"endless", "deaf", "slow-pass"}:
            text = "x" * 10**6
        if self.name in {"echo", "slow-echo"}:
            text = messages[-1].content
        yield Piece("", 0, 1)  # a part of the prompt was read
        if self.name == "mute":
            return
        if self.name == "noted":
            yield Piece("two", 2, 1, "a note")
            return
        for number, char in enumerate(text, 1):
            if should_stop() and self.name != "deaf":
                return
            if self.name == "slow-pass":
                time.sleep(0.5)
            if number == 5:
                self.fail()
            if self.name in {"endless", "deaf", "slow-echo"}:
                time.sleep(0.01)
            yield Piece(char, number, number)

    def fail(self) -> None:
        if self.name == "prints":
            print("a library says so", '{"said": "piece", "id": 2, "text": "forged", "tokens": 1, "forwards": 1}')
            os.write(1, b'{"said": "end", "id": 2}\n')
            subprocess.run([sys.executable, "-c", "import sys; print('a child', sys.stdin.read())"], check=True)
        if self.name == "terminated":
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(60)
        if self.name == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.name == "crash":
            sys.stderr.write("Segmentation fault in a kernel\n")
            sys.stderr.flush()
            os._exit(3)
        if self.name == "oom":
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        if self.name == "error":
            raise ModelError("the grammar cannot be followed", hint="without it")


def load(order: Order) -> Fake:
    name = Path(order.spec.where).name
    if name == "load-oom":
        raise MemoryError
    if name == "load-error":
        raise ModelError("it has no chat template", hint="choose an instruct model")
    if name == "load-crash":
        os._exit(7)
    if name == "slow-start":
        time.sleep(1)
    if name == "slow":
        order.report(WorkerStatus(Phase.DOWNLOADING, 5_000_000, 20_000_000, 2_500_000.0))
        time.sleep(600)
    return Fake(name)


main(load)
