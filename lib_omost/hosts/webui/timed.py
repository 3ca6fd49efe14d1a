"""Prompt editing in a canvas's texts: `[from:to:when]` and `[a|b]`, step by step, as the host reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from lib_omost.canvas import Canvas
from lib_omost.canvas.texts import texts_of, with_texts
from lib_omost.hosts.webui.capabilities.syntax import AND

T = TypeVar("T")
Timed = Sequence[tuple[int, Canvas]]  # the last step of each, and what is drawn until then


def timed_canvases(
    canvas: Canvas, end: int, schedule: Callable[[str, int], Sequence[tuple[int, str]]]
) -> tuple[Timed, tuple[str, ...]]:
    """What is drawn until which step of a pass that ends at `end`, and notes.

    schedule: a text and the pass's last step → what it says until which step.
    """
    joined = [text for text in texts_of(canvas) if AND.search(text)]
    notes = tuple(f"AND in {text!r} was read as a word: a region is one part of the prompt." for text in joined)
    if joined:
        canvas = with_texts(canvas, lambda text: AND.sub("and", text))
    schedules = {text: schedule(text, end) for text in texts_of(canvas) if "[" in text}
    ends = sorted({until for timed in schedules.values() for until, _ in timed if until < end} | {end})

    def at(step: int) -> Canvas:
        return with_texts(canvas, lambda text: _at(step, schedules[text]) if text in schedules else text)

    return _runs((step, at(step)) for step in ends), notes


def merged(words: Sequence[tuple[int, str]], canvases: Timed) -> list[tuple[int, str, Canvas]]:
    """Both schedules as one: until which step which words of the prompt box stand beside which canvas."""
    end = max(words[-1][0], canvases[-1][0])
    ends = sorted({until for until, _ in words} | {until for until, _ in canvases if until < end})
    return [(until, _at(until, words), _at(until, canvases)) for until in ends]


def _at(step: int, timed: Sequence[tuple[int, T]]) -> T:
    return next((value for until, value in timed if until >= step), timed[-1][1])


def _runs(timed: Iterable[tuple[int, Canvas]]) -> list[tuple[int, Canvas]]:
    """Without ends at which nothing changes."""
    runs: list[tuple[int, Canvas]] = []
    for until, canvas in timed:
        if runs and runs[-1][1] == canvas:
            runs[-1] = (until, canvas)
        else:
            runs.append((until, canvas))
    return runs
