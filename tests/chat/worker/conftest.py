"""Workers around a model that misbehaves on request; every process that a test started is gone after it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lib_omost.chat.models.catalogue import ModelSpec, Source
from lib_omost.chat.worker.launch import Launch
from lib_omost.chat.worker.managed import ManagedWorker

CHILD = (sys.executable, str(Path(__file__).with_name("fake_child.py")))


@pytest.fixture
def worker() -> Iterator[Callable[..., ManagedWorker]]:
    """`worker("oom")` is a worker whose model runs out of memory, and so on; see `fake_child.py`."""
    made: list[ManagedWorker] = []

    def make(
        name: str = "good", *, command: tuple[str, ...] = CHILD, patience: float = 120, **rest: Any
    ) -> ManagedWorker:
        spec = ModelSpec(name, Source.PATH, name, size=100, knows_canvas=True)
        made.append(ManagedWorker(spec, launch=Launch(command=command, patience=patience), **rest))
        return made[-1]

    yield make
    for each in made:
        each.close()
