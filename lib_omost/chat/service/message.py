"""One reply, from its pieces to what is told of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from lib_omost.canvas import Canvas, canvas_to_json, parse_reply
from lib_omost.chat.conversation.budget import TokenMeter
from lib_omost.chat.conversation.conversation import Conversation
from lib_omost.chat.conversation.go_on import go_on
from lib_omost.chat.conversation.reply import reply
from lib_omost.chat.model import LanguageModel, Piece, Sampling
from lib_omost.chat.service.events import CanvasSoFar, Event, Note, Written, meter_of
from lib_omost.errors import ModelError
from lib_omost.prompts import region_paths
from lib_omost.prompts.json_form import path_to_json


class Writing:
    """A reply while it is written: `text` is what has come, with what it was begun with."""

    def __init__(self, begun: str, before: Canvas | None = None) -> None:
        self.text = begun
        self._before = before  # the canvas that the reply may only change
        self._canvas: Canvas | None = None
        self._read = 0  # characters of `text` whose lines were looked at

    def events(
        self,
        model: LanguageModel,
        conversation: Conversation,
        sampling: Sampling,
        should_stop: Callable[[], bool],
    ) -> Iterator[Event]:
        """Write it to its end, or until it is stopped, and tell of it; what came before an error is in `text`, too.

        Raises as `reply` does, and ModelError when the model gives no text.
        """
        before = self.text.strip()
        first: tuple[float, int] | None = None  # when the first piece came, and how many tokens it had
        full: list[TokenMeter] = []
        pieces = self._pieces(model, conversation, sampling, should_stop, full.append)
        yield from map(meter_of, full)
        for piece in pieces:
            if piece.text:
                first = first or (time.monotonic(), piece.tokens)
                self.text += piece.text
                yield Written(piece.text, piece.tokens, _rate(piece.tokens, first))
                yield from self._look_for_calls()
            if piece.note:
                yield Note(piece.note)
        yield from self._look_for_calls(at_end=True)
        if self.text.strip() == before and not should_stop():
            raise ModelError("the language model gave an empty reply", hint="ask again, or in other words")

    def _pieces(
        self,
        model: LanguageModel,
        conversation: Conversation,
        sampling: Sampling,
        should_stop: Callable[[], bool],
        meter: Callable[[TokenMeter], None],
    ) -> Iterator[Piece]:
        if self.text:
            return go_on(model, conversation, self.text, sampling, should_stop, meter=meter)
        return reply(model, conversation, sampling, should_stop, meter)

    def _look_for_calls(self, *, at_end: bool = False) -> Iterator[CanvasSoFar]:
        """Tell of the canvas when a line that may end a call is complete: reading it at every token would be slow."""
        end = len(self.text) if at_end else self.text.rfind("\n") + 1
        lines = self.text[self._read : end].splitlines()
        self._read = max(self._read, end)
        if not any(line.rstrip().endswith(")") for line in lines):
            return
        canvas = parse_reply(self.text[:end], self._before).canvas
        if canvas is None or canvas == self._canvas:
            return
        self._canvas = canvas
        yield CanvasSoFar(canvas_to_json(canvas), tuple(map(path_to_json, region_paths(canvas))))


def _rate(tokens: int, first: tuple[float, int]) -> float:
    """Tokens a second since the first piece: before it, the prompt was read."""
    started, known = first
    return (tokens - known) / (time.monotonic() - started) if tokens > known else 0.0
