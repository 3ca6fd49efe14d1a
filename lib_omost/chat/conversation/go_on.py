"""Going on with a reply that was stopped or cut off, from where it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from lib_omost.chat.conversation.budget import TokenMeter
from lib_omost.chat.conversation.conversation import Conversation
from lib_omost.chat.conversation.reply import prompt_for
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.grammar.canvas_grammar import canvas_grammar
from lib_omost.chat.grammar.plan import OPENING, plan_grammar, read_plan
from lib_omost.chat.model import LanguageModel, Message, Piece, Sampling, never
from lib_omost.errors import BadInputError, ModelError


def go_on(
    model: LanguageModel,
    conversation: Conversation,
    begun: str,
    sampling: Sampling,
    should_stop: Callable[[], bool] = never,
    *,
    meter: Callable[[TokenMeter], None] = lambda _: None,
) -> Iterator[Piece]:
    """Stream what follows `begun`, the reply so far to the pending message; see `Conversation.continue_reply`.

    The whole is held to the grammar when `begun` is. `meter` hears how full the prompt with it is. Raises
    BadInputError when no message is pending or both are too long for the model, ModelError when the model fails.
    """
    if conversation.pending is None:
        raise BadInputError("there is no message whose reply could go on", hint="write one first")
    kept = prompt_for(model, conversation, sampling, meter, begun)[:-1]

    def stream(begun: str, grammar: str | None) -> Iterator[Piece]:
        return iter(model.stream((*kept, Message("assistant", begun)), sampling, should_stop, grammar))

    asked = [turn.content for turn in conversation.messages() if turn.role == "user"]
    return _without_second_fence(_held_if_it_was(stream, model.bounds, begun, asked))


def _held_if_it_was(
    stream: Callable[[str, str | None], Iterator[Piece]], bounds: Bounds | None, begun: str, asked: Sequence[str]
) -> Iterator[Piece]:
    """What follows, held to the grammar; freely when what was begun is not in it."""
    if bounds is None:
        return stream(begun, None)
    pieces = _planned(stream, bounds, begun, asked) if bounds.plan else stream(begun, canvas_grammar(bounds))
    try:
        first = next(pieces, None)
    except ModelError:
        return stream(begun, None)
    return chain([] if first is None else [first], pieces)


def _planned(
    stream: Callable[[str, str | None], Iterator[Piece]], bounds: Bounds, begun: str, asked: Sequence[str]
) -> Iterator[Piece]:
    """The rest of the plan, if it was cut off in it, and the canvas that keeps to it."""
    plan = read_plan("".join(begun.splitlines(keepends=True)[:2]))  # the fence and the line of the plan
    forwards = 0
    if plan is None:
        for piece in stream(begun, plan_grammar(bounds, asked)):
            begun, forwards = begun + piece.text, piece.forwards
            yield piece
        plan = read_plan(begun)
    if plan is not None:  # else it was cut off again
        for piece in stream(begun, canvas_grammar(bounds, plan)):
            yield Piece(piece.text, piece.tokens, forwards + piece.forwards)


def _without_second_fence(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """A model that is asked in words to go on opens the code again; what was begun has its fence already."""
    held, settled = "", False
    tokens = forwards = 0
    for piece in pieces:
        tokens, forwards = piece.tokens, piece.forwards
        held += piece.text
        if not settled and (held == OPENING or not OPENING.startswith(held)):
            settled, held = True, held.removeprefix(OPENING)
        yield Piece(held if settled else "", tokens, forwards)
        held = "" if settled else held
    if held:
        yield Piece(held, tokens, forwards)
