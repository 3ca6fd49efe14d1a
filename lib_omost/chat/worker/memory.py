"""When a worker gives its memory back, and how too little memory is told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from lib_omost.hosts.memory import HostMemory

_OUT_OF_MEMORY = re.compile(
    r"out of memory|outofmemory|not enough memory|can't allocate memory|cannot allocate memory|\bMemoryError\b", re.I
)
WHAT_TO_TRY = (
    "try a smaller model, one that is quantised more (4 bits), offloading to the CPU, or a language model on a server"
)


def is_out_of_memory(text: str) -> bool:
    """Whether an error's text tells of too little memory, in the words of torch, CUDA, Python or the system."""
    return _OUT_OF_MEMORY.search(text) is not None


class EndAfter(Enum):
    """After which messages a worker ends by itself."""

    NEVER = "never"
    WHEN_SHORT = "when memory is short"
    ALWAYS = "always"


@dataclass(frozen=True)
class Policy:
    """How long a worker stays: `idle_minutes` without a message, and after each message as `end` says."""

    idle_minutes: float = 10.0
    end: EndAfter = EndAfter.WHEN_SHORT

    def must_end(self, memory: HostMemory) -> bool:
        """After a message: whether the worker is in the way of the picture."""
        return memory.is_short() if self.end is EndAfter.WHEN_SHORT else self.end is EndAfter.ALWAYS
