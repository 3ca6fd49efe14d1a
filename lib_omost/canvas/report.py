"""What reading a reply has to tell: the canvas, what was put right, and what was lost."""

from __future__ import annotations

from dataclasses import dataclass

from lib_omost.canvas.limits import MAX_REPORTS
from lib_omost.canvas.model import Canvas
from lib_omost.errors import CanvasError


@dataclass(frozen=True)
class Correction:
    """Something was not as expected and was read nevertheless. `line` is a 1-based line of the text."""

    line: int
    message: str


@dataclass(frozen=True)
class Problem:
    """Something could not be used. `line` is a 1-based line of the text, `expected` what would have been read there."""

    line: int
    message: str
    expected: str = ""


@dataclass(frozen=True)
class ParsedReply:
    """The canvas of a reply, or None when it holds none that can be used; `problems` then has at least one entry."""

    canvas: Canvas | None
    corrections: tuple[Correction, ...] = ()
    problems: tuple[Problem, ...] = ()

    def require_canvas(self) -> Canvas:
        """The canvas. Raises CanvasError with the first problem when there is none."""
        if self.canvas is not None:
            return self.canvas
        first = self.problems[0]
        raise CanvasError(
            first.message,
            line=first.line,
            expected=first.expected,
            hint="Ask the model again, or edit the reply so that it holds the calls of a Canvas.",
        )


class Reports:
    """Collects corrections and problems while a canvas is read; at most MAX_REPORTS of each are kept."""

    def __init__(self) -> None:
        self.corrections: list[Correction] = []
        self.problems: list[Problem] = []

    @property
    def is_full(self) -> bool:
        """So many problems that reading on would only add to them."""
        return len(self.problems) >= MAX_REPORTS

    def correct(self, line: int, message: str) -> None:
        if len(self.corrections) < MAX_REPORTS:
            self.corrections.append(Correction(line, message))

    def problem(self, line: int, message: str, expected: str = "") -> None:
        if len(self.problems) < MAX_REPORTS:
            self.problems.append(Problem(line, message, expected))
