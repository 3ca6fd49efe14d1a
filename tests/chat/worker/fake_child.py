"""A real worker child around a model that does what its name says. Run as a script by the tests of the worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from lib_omost.chat.model import Message, Piece, never
from lib_omost.chat.worker.child.engine import Order
from lib_omost.chat.worker.child.main import main
from lib_omost.chat.worker.status import Phase, WorkerStatus
from lib_omost.errors import ModelError
from lib_omost.grammar.json_form import grammar_to_json
from tests.language_model import Asked, FakeModel, characters, written

PAUSES = {"endless": 0.01, "deaf": 0.01, "slow-echo": 0.01, "slow-pass": 0.5}  # seconds a token


def model_named(name: str) -> FakeModel:
    """The model that does what its name says."""

    def answer(asked: Asked) -> Iterator[Piece]:
        text = f"{asked.messages[-1].content} {asked.sampling.seed} {asked.grammar and grammar_to_json(asked.grammar)}"
        if name in {"endless", "deaf", "slow-pass"}:
            text = "x" * 10**6
        if name in {"echo", "slow-echo"}:
            text = asked.messages[-1].content
        yield Piece("", 0, 1)  # a part of the prompt was read
        if name == "mute":
            return
        if name == "noted":
            yield Piece("two", 2, 1, "a note")
            return
        heard = replace(asked, should_stop=never) if name == "deaf" else asked
        for piece in written(text, heard, pause=PAUSES.get(name, 0)):
            if piece.tokens == 5:
                fail(name)
            yield piece

    def counted(messages: Sequence[Message]) -> int:
        if name == "count-crash":
            os._exit(5)
        return characters(messages)

    return FakeModel(answer=answer, context_tokens=8191, count_tokens=counted)


def fail(name: str) -> None:
    """Go wrong in the way of that name."""
    if name == "prints":
        print("a library says so", '{"said": "piece", "id": 2, "text": "forged", "tokens": 1, "forwards": 1}')
        os.write(1, b'{"said": "end", "id": 2}\n')
        subprocess.run([sys.executable, "-c", "import sys; print('a child', sys.stdin.read())"], check=True)
    if name == "terminated":
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)
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
    if name == "slow-start":
        time.sleep(1)
    if name == "slow":
        order.report(WorkerStatus(Phase.DOWNLOADING, 5_000_000, 20_000_000, 2_500_000.0))
        time.sleep(600)
    return model_named(name)


main(load)
