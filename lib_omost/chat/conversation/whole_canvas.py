"""The original's way of replying: the whole canvas as code, each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from lib_omost.canvas import Canvas, in_words, parse_reply
from lib_omost.chat.conversation.budget import TokenMeter, fitted
from lib_omost.chat.conversation.carried import Carried, carried_over, with_code
from lib_omost.chat.conversation.conversation import Conversation
from lib_omost.chat.conversation.prompt import openings
from lib_omost.chat.conversation.repetition import until_repetition
from lib_omost.chat.conversation.replying import Kept
from lib_omost.chat.grammar.canvas_grammar import OPENING, canvas_rules
from lib_omost.chat.model import LanguageModel, Message, Piece, Sampling, never
from lib_omost.errors import ModelError

ROOM_FOR_REPLY = 2048  # tokens kept free for it; the longest canvas of the published transcripts has about 1,700


class WholeCanvas:
    """A `Replying` whose text is the reply. `begun` is the reply so far, to go on from, "" for a new one.

    What the canvas before it has beyond words is carried over into its own (`carried`).
    """

    changes_canvas = False

    def __init__(self, model: LanguageModel, conversation: Conversation, begun: str = "") -> None:
        self._model = model
        self._conversation = conversation
        self._begun = begun
        self._before = conversation.canvas()  # the canvas that the reply may only change
        self._canvas: Canvas | None = None
        self._read = 0  # characters whose lines were looked at

    def pieces(
        self,
        sampling: Sampling,
        should_stop: Callable[[], bool] = never,
        meter: Callable[[TokenMeter], None] = lambda _: None,
    ) -> Iterator[Piece]:
        """The oldest rounds are left out of the prompt when it would not leave room for the reply.

        A reply that is held to no grammar is broken off when it only repeats itself.
        """
        messages = self._prompt(sampling, meter)
        bounds = self._model.bounds
        grammar = None if bounds is None else canvas_rules(bounds)
        pieces = self._model.stream(messages, sampling, should_stop, grammar)
        if self._begun:
            return _without_second_fence(pieces)
        return until_repetition(pieces) if grammar is None else pieces

    def canvas(self, written: str, *, at_end: bool = False) -> Canvas | None:
        """Looks again when a line that may end a call is complete: reading it at every token would be slow."""
        text = self._begun + written
        end = len(text) if at_end else text.rfind("\n") + 1
        lines = text[self._read : end].splitlines()
        self._read = max(self._read, end)
        if not any(line.rstrip().endswith(")") for line in lines):
            return None
        _, carried = self._read_canvas(text[:end])
        if carried is None or carried.canvas == self._canvas:
            return None
        self._canvas = carried.canvas
        return carried.canvas

    def kept(self, written: str, *, is_whole: bool) -> Kept:
        """As it was written, but for a whole reply's code where something is carried over into its canvas.

        Raises ModelError when the model has ended and written nothing.
        """
        if is_whole and not written.strip():
            raise ModelError("the language model gave an empty reply", hint="ask again, or in other words")
        text = (self._begun + written).strip()
        if not is_whole:
            return Kept(text)  # more may be written behind it
        own, carried = self._read_canvas(text)
        if own is None or carried is None:
            return Kept(text)
        return Kept(text if carried.canvas == own else with_code(text, carried.canvas), carried.lost)

    def _read_canvas(self, text: str) -> tuple[Canvas | None, Carried | None]:
        """The canvas as it stands in a text, and as it is with what is carried over."""
        own = parse_reply(text, self._before).canvas
        if own is None or self._before is None:
            return own, None if own is None else Carried(own)
        return own, carried_over(self._before, own, self._conversation.pending or "")

    def _prompt(self, sampling: Sampling, meter: Callable[[TokenMeter], None]) -> tuple[Message, ...]:
        """What the model reads, with room for a reply: as much of the conversation as fits, and what is begun.

        Models know words alone, so what people add to them is left out: the rectangles that they drew, and remarks.
        """
        end = (Message("assistant", self._begun),) if self._begun else ()
        room = min(sampling.max_new_tokens, ROOM_FOR_REPLY, self._model.context_tokens // 2)
        rounds = tuple(replace(each, reply=in_words(each.reply)) for each in self._conversation.rounds)
        opening, *shorter = openings(self._model)
        messages, full = fitted(
            Conversation(rounds, self._conversation.pending),
            opening,
            lambda messages: self._model.count_tokens((*messages, *end)),
            self._model.context_tokens - room,
            shorter,
        )
        meter(full)
        return (*messages, *end)


def _without_second_fence(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """A model that is asked in words to go on opens the code again; what was begun has its fence already."""
    held, settled = "", False
    tokens = forwards = 0
    for piece in pieces:
        tokens, forwards = piece.tokens, piece.forwards
        held += piece.text
        if not settled and (held == OPENING or not OPENING.startswith(held)):
            settled, held = True, held.removeprefix(OPENING)
        yield Piece(held if settled else "", tokens, forwards, piece.note)
        held = "" if settled else held
    if held:
        yield Piece(held, tokens, forwards)
