"""One reply to a conversation, by any language model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from lib_omost.chat.conversation.budget import TokenMeter, fitted
from lib_omost.chat.conversation.conversation import Conversation
from lib_omost.chat.conversation.prompt import openings
from lib_omost.chat.conversation.repetition import until_repetition
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.grammar.canvas_grammar import canvas_grammar
from lib_omost.chat.grammar.plan import plan_grammar, read_plan
from lib_omost.chat.model import LanguageModel, Message, Piece, Sampling, never
from lib_omost.errors import BadInputError

ROOM_FOR_REPLY = 2048  # tokens kept free for it; the longest canvas of the published transcripts has about 1,700


def reply(
    model: LanguageModel,
    conversation: Conversation,
    sampling: Sampling,
    should_stop: Callable[[], bool] = never,
    meter: Callable[[TokenMeter], None] = lambda _: None,
) -> Iterator[Piece]:
    """Stream the reply to the pending message; the caller keeps it with `conversation.answer("".join(...))`.

    The oldest rounds are left out of the prompt when it would not leave room for the reply; `meter` hears how full it
    is before anything is written. A reply that is held to no grammar is broken off when it only repeats itself. Raises
    BadInputError when no message is pending or it is too long for the model, ModelError when the model fails.
    """
    if conversation.pending is None:
        raise BadInputError("there is no message to reply to", hint="write one first")
    messages = prompt_for(model, conversation, sampling, meter)
    if model.bounds is None:
        return until_repetition(model.stream(messages, sampling, should_stop))
    if not model.bounds.plan:
        return model.stream(messages, sampling, should_stop, canvas_grammar(model.bounds))
    asked = [turn.content for turn in conversation.messages() if turn.role == "user"]
    return _planned_reply(partial(model.stream, messages, sampling, should_stop), model.bounds, asked)


def prompt_for(
    model: LanguageModel,
    conversation: Conversation,
    sampling: Sampling,
    meter: Callable[[TokenMeter], None],
    begun: str | None = None,
) -> tuple[Message, ...]:
    """What the model reads, with room for a reply: as much of the conversation as fits, and what of a reply is there.

    `meter` hears how full it is. Raises BadInputError when the pending message is too long.
    """
    end = () if begun is None else (Message("assistant", begun),)
    room = min(sampling.max_new_tokens, ROOM_FOR_REPLY, model.context_tokens // 2)
    opening, *shorter = openings(model)
    messages, full = fitted(
        conversation,
        opening,
        lambda messages: model.count_tokens((*messages, *end)),
        model.context_tokens - room,
        shorter,
    )
    meter(full)
    return (*messages, *end)


def _planned_reply(stream: Callable[[str], Iterator[Piece]], bounds: Bounds, asked: Sequence[str]) -> Iterator[Piece]:
    """The plan, then the canvas that keeps to it, as one stream of pieces."""
    text = ""
    forwards = 0
    for piece in stream(plan_grammar(bounds, asked)):
        text, forwards = text + piece.text, piece.forwards
        yield piece
    plan = read_plan(text)
    if plan is None:
        return
    known = len(plan.text)  # characters that come again, as the forced beginning of the canvas
    for piece in stream(canvas_grammar(bounds, plan)):
        yield Piece(piece.text[known:], piece.tokens, forwards + piece.forwards, piece.note)
        known = max(0, known - len(piece.text))
