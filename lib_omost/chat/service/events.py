"""What is told of a message while its reply is written. `to_json` is one line of the stream to the page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from lib_omost.chat.conversation.budget import TokenMeter
from lib_omost.chat.worker.status import Phase, WorkerStatus

INSTALLING = "installing"  # the phases of a `Status` are this one and those of a worker


@dataclass(frozen=True)
class Event:
    """Something that happened; its fields beside a "type"."""

    type: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """Its type and its fields, as JSON data."""
        return {"type": self.type, **asdict(self)}


@dataclass(frozen=True)
class Status(Event):
    """What is going on before there is text.

    `text` says it in words, `phase` is "installing" or a value of `Phase`. `done` of `total` (0 when not known) and
    `per_second` are bytes while something is downloaded.
    """

    type: ClassVar[str] = "status"
    text: str
    phase: str
    done: int = 0
    total: int = 0
    per_second: float = 0.0


@dataclass(frozen=True)
class Meter(Event):
    """How full the prompt is: `used` tokens of `of`; `dropped` oldest rounds were left out."""

    type: ClassVar[str] = "meter"
    used: int
    of: int
    dropped: int


@dataclass(frozen=True)
class Written(Event):
    """The next piece of the reply; `tokens` so far, and how many a second."""

    type: ClassVar[str] = "written"
    text: str
    tokens: int
    per_second: float


@dataclass(frozen=True)
class CanvasSoFar(Event):
    """The canvas after one more of its calls is complete.

    `canvas_json` is what `canvas_to_json` gives, `regions` each region with its rectangle and sub-prompts, the global
    one first, then far to near. `is_change` tells that it is the canvas before the message with changes, in which what
    a person has hidden still has its place.
    """

    type: ClassVar[str] = "canvas"
    canvas_json: dict[str, Any]
    regions: tuple[dict[str, Any], ...]
    is_change: bool = False

    def to_json(self) -> dict[str, Any]:
        """Not copied: it can be long."""
        regions = list(self.regions)
        return {"type": self.type, "canvas_json": self.canvas_json, "regions": regions, "is_change": self.is_change}


@dataclass(frozen=True)
class Note(Event):
    """Something that the user should know about the reply."""

    type: ClassVar[str] = "note"
    text: str


@dataclass(frozen=True)
class End(Event):
    """The whole reply, also of one that was stopped, and the seed that gives it again.

    `does_less`: less of the message is done than by the reply that it is to differ from.
    """

    type: ClassVar[str] = "end"
    reply: str
    seed: int
    does_less: bool = False


@dataclass(frozen=True)
class Failed(Event):
    """What failed, what to do, and the reply as far as it had come."""

    type: ClassVar[str] = "failed"
    message: str
    hint: str
    reply: str


def status_of(worker: WorkerStatus) -> Status:
    """A worker's status for the page."""
    is_counted = worker.phase in {Phase.DOWNLOADING, Phase.WRITING}
    done, total, rate = (worker.done, worker.total, worker.per_second) if is_counted else (0, 0, 0.0)
    return Status(worker.line(), worker.phase.value, done, total, rate)


def meter_of(meter: TokenMeter) -> Meter:
    """The budget for the page."""
    return Meter(meter.used, meter.of, meter.dropped)
