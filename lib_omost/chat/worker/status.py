"""What a worker is doing, as both sides say it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Phase(Enum):
    """Where a worker is between being started and being ended."""

    OFF = "off"
    STARTING = "starting"
    DOWNLOADING = "downloading"
    LOADING = "loading"
    READY = "ready"
    WRITING = "writing"
    FAILED = "failed"


@dataclass(frozen=True)
class WorkerStatus:
    """The phase, and what is known in it: bytes of a download or tokens of a reply, and how many a second.

    `context_tokens` is what the model reads, once it is loaded, and `composes` whether it writes plans and edits;
    `error` and `hint` tell what failed and what to do.
    """

    phase: Phase
    done: int = 0
    total: int = 0
    per_second: float = 0.0
    context_tokens: int = 0
    error: str = ""
    hint: str = ""
    composes: bool = False

    def line(self) -> str:
        """The status in one line for the user."""
        if self.phase is Phase.DOWNLOADING:
            of = f" of {_size(self.total)}" if self.total else ""
            return f"downloading {_size(self.done)}{of}, {_size(self.per_second)}/s"
        if self.phase is Phase.WRITING:
            return f"writing, {self.done} tokens, {self.per_second:.1f} tokens/s"
        if self.phase is Phase.READY and self.per_second:
            return f"ready, last reply {self.done} tokens at {self.per_second:.1f} tokens/s"
        return f"failed: {self.error}" if self.phase is Phase.FAILED else self.phase.value


def _size(count: float) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count:.0f} B"
