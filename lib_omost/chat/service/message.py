"""One reply, from its pieces to what is told of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from lib_omost.canvas import canvas_to_json
from lib_omost.chat.client.faults import GrammarRefusedError
from lib_omost.chat.conversation.budget import TokenMeter
from lib_omost.chat.conversation.composing import Composing, waits_in_lines
from lib_omost.chat.conversation.conversation import Conversation
from lib_omost.chat.conversation.replying import Kept, Replying
from lib_omost.chat.conversation.reviewed import Reviewed
from lib_omost.chat.conversation.whole_canvas import WholeCanvas
from lib_omost.chat.model import CUT_OFF, LanguageModel, Sampling
from lib_omost.chat.service.events import CanvasSoFar, Event, Note, Written, meter_of
from lib_omost.errors import BadInputError
from lib_omost.prompts import region_paths
from lib_omost.prompts.json_form import path_to_json


def replying(model: LanguageModel, conversation: Conversation, begun: str = "", unlike: Sequence[str] = ()) -> Replying:
    """The model's way of replying to the pending message; `begun` and `unlike` are as in `ChatRequest`.

    Raises BadInputError when no message is pending.
    """
    if conversation.pending is None:
        raise BadInputError("there is no message to reply to", hint="write one first")
    # a whole canvas that was stopped is gone on with as one, whatever the model would be asked for now
    if model.composes or (model.plans_by_example and (not begun or waits_in_lines(begun))):
        return Composing(model, conversation, begun, unlike)
    return WholeCanvas(model, conversation, begun)


class Writing:
    """A reply while it is written; `is_reviewed`, a new one is compared with the message at its end."""

    def __init__(
        self, conversation: Conversation, begun: str = "", unlike: Sequence[str] = (), *, is_reviewed: bool = True
    ) -> None:
        self._conversation = conversation
        self._begun = begun
        self._unlike = unlike
        self._is_reviewed = is_reviewed
        self._way: Replying | None = None
        self._text = ""  # that the model has written
        self._kept: Kept | None = None  # once it has ended

    def events(self, model: LanguageModel, sampling: Sampling, should_stop: Callable[[], bool]) -> Iterator[Event]:
        """Write it to its end, or until it is stopped, and tell of it.

        Raises as a way of replying does, and the fault of a reply that cannot be applied; what came is in `reply`.
        """
        try:
            yield from self._by(self._replying(model), sampling, should_stop)
        except GrammarRefusedError:
            if self._text or model.plans_by_example:
                raise
            yield from self._by(self._replying(model), sampling, should_stop)

    def _replying(self, model: LanguageModel) -> Replying:
        way = replying(model, self._conversation, self._begun, self._unlike)
        return way if self._begun or not self._is_reviewed else Reviewed(model, self._conversation, way, self._unlike)

    def _by(self, way: Replying, sampling: Sampling, should_stop: Callable[[], bool]) -> Iterator[Event]:
        """What is told of it in this way of replying."""
        self._way = way
        first: tuple[float, int] | None = None  # when the first piece came, and how many tokens it had
        full: list[TokenMeter] = []
        pieces = way.pieces(sampling, should_stop, full.append)
        yield from map(meter_of, full)
        is_cut = False
        for piece in pieces:
            if piece.text:
                first = first or (time.monotonic(), piece.tokens)
                self._text += piece.text
                yield Written(piece.text, piece.tokens, _rate(piece.tokens, first))
                if "\n" in piece.text:
                    yield from self._canvas(way)
            if piece.note:
                is_cut = is_cut or piece.note == CUT_OFF
                yield Note(piece.note)
        yield from self._canvas(way, at_end=True)
        kept = self._kept = way.kept(self._text, is_whole=not is_cut and not should_stop())
        yield from map(Note, kept.notes)
        if kept.fault is not None:
            raise kept.fault

    def reply(self) -> str:
        """What is kept of it, as far as it came."""
        if self._way is None:
            return self._begun.strip()
        return (self._kept or self._way.kept(self._text, is_whole=False)).text

    def does_less(self) -> bool:
        """Whether it does less of the message than the reply that it is to differ from."""
        return self._kept is not None and self._kept.does_less

    def _canvas(self, way: Replying, *, at_end: bool = False) -> Iterator[CanvasSoFar]:
        canvas = way.canvas(self._text, at_end=at_end)
        if canvas is not None:
            paths = tuple(map(path_to_json, region_paths(canvas)))
            yield CanvasSoFar(canvas_to_json(canvas), paths, way.changes_canvas)


def _rate(tokens: int, first: tuple[float, int]) -> float:
    """Tokens a second since the first piece: before it, the prompt was read."""
    started, known = first
    return (tokens - known) / (time.monotonic() - started) if tokens > known else 0.0
