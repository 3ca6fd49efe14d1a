"""Replies that a test lets go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from lib_omost.canvas import Canvas, Region, canvas_to_json, parse_reply, write_canvas
from lib_omost.chat.service import CanvasSoFar, ChatRequest, End, Event, Failed, Meter, Written

PATIENCE = 20  # seconds that a reply waits for its test
TWO = Canvas(
    "A white background.",
    color_name="white",
    regions=(
        Region(
            "on the left", "no offset", "a small vertical area", 2.0, "A red circle.", ("Round.",), color_name="red"
        ),
        Region("on the right", "no offset", "a small vertical area", 3.0, "A blue square.", color_name="blue"),
    ),
)
OTHER = Canvas(
    "A white background.",
    color_name="white",
    regions=(Region("in the center", "no offset", "a large square area", 2.0, "A green ring.", color_name="green"),),
)
Write = Callable[[ChatRequest, Callable[[], bool]], Iterator[Event]]


def code_of(canvas: Canvas) -> str:
    """A reply without a word around its code, as the page keeps an edited one."""
    return f"```python\n{write_canvas(canvas).strip()}\n```"


class Reply:
    """A canvas written call by call, each when the test says so."""

    def __init__(self, canvas: Canvas) -> None:
        self._text = code_of(canvas)
        self._next = threading.Semaphore(0)
        self._count = len(canvas.regions)

    def goes_on(self) -> None:
        """One more region."""
        self._next.release()

    def ends(self) -> None:
        """No more waiting."""
        for _ in range(self._count + 1):
            self._next.release()

    def __call__(self, request: ChatRequest, should_stop: Callable[[], bool]) -> Iterator[Event]:
        yield Meter(1200, 6144, 0)
        written = request.begun
        for number, part in enumerate(_calls(self._text)):
            if not self._may_go_on(should_stop):
                break
            written += part
            yield Written(part, 10 * (number + 1), 12.5)
            if canvas := parse_reply(written).canvas:
                yield CanvasSoFar(canvas_to_json(canvas), ())
        yield End(written, 7)

    def _may_go_on(self, should_stop: Callable[[], bool]) -> bool:
        over = time.monotonic() + PATIENCE
        while not should_stop() and time.monotonic() < over:
            if self._next.acquire(timeout=0.02):
                return True
        return False


def reply_of(canvas: Canvas, before: str = "", *, does_less: bool = False) -> Write:
    """A whole reply at once, after the words `before`."""

    def events(_request: ChatRequest, _should_stop: Callable[[], bool]) -> Iterator[Event]:
        text = before + code_of(canvas)
        yield Written(text, 30, 12.5)
        yield CanvasSoFar(canvas_to_json(canvas), ())
        yield End(text, 7, does_less)

    return events


def cut(canvas: Canvas) -> Write:
    """A reply that ends behind its first region: its model may write no more."""

    def events(_request: ChatRequest, _should_stop: Callable[[], bool]) -> Iterator[Event]:
        text = begun_of(canvas)
        yield Written(text, 30, 12.5)
        yield CanvasSoFar(canvas_to_json(parse_reply(text).require_canvas()), ())
        yield End(text, 7)

    return events


def begun_of(canvas: Canvas) -> str:
    """The reply as far as its first region, as the page keeps it."""
    return _calls(code_of(canvas))[0].strip()


def changes(canvas: Canvas, words: str, *wrote: str) -> Write:
    """What a model that composes makes of a message: the lines that it writes, the canvas after them, and its code."""

    def events(_request: ChatRequest, _should_stop: Callable[[], bool]) -> Iterator[Event]:
        for number, line in enumerate(wrote, 1):
            yield Written(line + "\n", 5 * number, 12.5)
        yield CanvasSoFar(canvas_to_json(canvas), (), is_change=True)
        yield End(f"{words}\n\n{code_of(canvas)}", 7)

    return events


def fails(message: str, hint: str = "") -> Write:
    """Nothing but a reason."""

    def events(_request: ChatRequest, _should_stop: Callable[[], bool]) -> Iterator[Event]:
        yield Failed(message, hint, "")

    return events


def breaks(canvas: Canvas, message: str) -> Write:
    """The first region, then a reason."""

    def events(_request: ChatRequest, _should_stop: Callable[[], bool]) -> Iterator[Event]:
        begun = _calls(code_of(canvas))[0]
        yield Written(begun, 10, 12.5)
        yield Failed(message, "", begun)

    return events


def _calls(text: str) -> list[str]:
    """The text, cut behind each region."""
    start, *regions = text.split("canvas.add_local_description(")
    parts = [f"canvas.add_local_description({region}" for region in regions]
    return [start + parts[0], *parts[1:]]
