"""Who has the memory of the graphics card: the host's models or the worker's. The host says how, through callables."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from lib_omost.chat.models.catalogue import ModelSpec

_OUT_OF_MEMORY = re.compile(
    r"out of memory|outofmemory|not enough memory|can't allocate memory|cannot allocate memory|\bMemoryError\b", re.I
)
WHAT_TO_TRY = (
    "try a smaller model, one that is quantised more (4 bits), offloading to the CPU, or a language model on a server"
)


def is_out_of_memory(text: str) -> bool:
    """Whether an error's text tells of too little memory, in the words of torch, CUDA, Python or the system."""
    return _OUT_OF_MEMORY.search(text) is not None


class End(Enum):
    """When a worker ends by itself after a message."""

    NEVER = "never"
    WHEN_SHORT = "when memory is short"
    ALWAYS = "always"


@dataclass(frozen=True)
class Policy:
    """How long a worker stays: `idle_minutes` without a message, and after each message as `end` says."""

    idle_minutes: float = 10.0
    end: End = End.WHEN_SHORT


@dataclass(frozen=True)
class HostMemory:
    """What the host gives to share its graphics memory; the defaults are those of a host without a graphics card.

    `free_bytes` is what is free now, None when there is no card. `free_host_memory` moves the host's own models off the
    card until that many bytes are free, as far as it can; `take_back` brings them back before a picture, where the
    host does not do so by itself. `worker_memory_needed` is what a model takes, `picture_memory_needed` what the next
    picture takes, both in bytes.
    """

    free_bytes: Callable[[], int | None] = lambda: None
    free_host_memory: Callable[[int], None] = lambda needed: None  # noqa: ARG005 (the signature is the contract)
    worker_memory_needed: Callable[[ModelSpec], int] = lambda spec: spec.memory_needed
    picture_memory_needed: Callable[[], int] = lambda: 0
    take_back: Callable[[], None] = lambda: None

    def make_room(self, spec: ModelSpec) -> None:
        """Before a model is loaded: ask the host for memory, unless enough is free."""
        free = self.free_bytes()
        needed = self.worker_memory_needed(spec)
        if free is not None and free < needed:
            self.free_host_memory(needed)

    def must_end(self, policy: Policy) -> bool:
        """After a message: whether the worker is in the way of the picture."""
        return self.is_short() if policy.end is End.WHEN_SHORT else policy.end is End.ALWAYS

    def is_short(self) -> bool:
        """Whether too little is free for the next picture."""
        free = self.free_bytes()
        return free is not None and free < self.picture_memory_needed()
