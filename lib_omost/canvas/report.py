"""What reading a reply has to tell: the canvas, what was put right, and what was lost."""

from __future__ import annotations

from dataclasses import dataclass

from lib_omost.canvas.limits import MAX_REPORTS
from lib_omost.canvas.model import Canvas
from lib_omost.errors import CanvasError, printable


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
    """The canvas of a reply, or None when it holds none that can be used; `problems` then has at least one entry.

    `outside` counts the calls that belong to no canvas here: in prose, comments, thinking, or an earlier reply.
    """

    canvas: Canvas | None
    corrections: tuple[Correction, ...] = ()
    problems: tuple[Problem, ...] = ()
    outside: int = 0

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
    """Collects corrections and problems while a canvas is read; MAX_REPORTS of each are kept, the others counted."""

    def __init__(self) -> None:
        self.corrections: list[Correction] = []
        self.problems: list[Problem] = []
        self.more = 0  # problems beyond those that are kept
        self.last_line = 1

    def correct(self, line: int, message: str) -> None:
        if len(self.corrections) < MAX_REPORTS:
            self.corrections.append(Correction(line, printable(message)))

    def problem(self, line: int, message: str, expected: str = "") -> None:
        if len(self.problems) < MAX_REPORTS:
            self.problems.append(Problem(line, printable(message), expected))
        else:
            self.more += 1
            self.last_line = line

    def add(self, other: Reports) -> None:
        """Take over what another one collected."""
        for correction in other.corrections:
            self.correct(correction.line, correction.message)
        for problem in other.problems:
            self.problem(problem.line, problem.message, problem.expected)
        self.more += other.more

    def all_problems(self) -> list[Problem]:
        """The problems, and how many more there are when they are too many to list."""
        if not self.more:
            return self.problems
        return [*self.problems, Problem(self.last_line, f"{self.more} more problems are not listed")]
