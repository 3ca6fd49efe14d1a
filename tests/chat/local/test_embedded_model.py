from __future__ import annotations

import pytest
import torch

from lib_omost.bench.chat import transcript_turns
from lib_omost.bench.replay import Teacher
from lib_omost.canvas import parse_reply
from lib_omost.chat.conversation.conversation import Conversation
from lib_omost.chat.conversation.reply import reply
from lib_omost.chat.grammar.bounds import OMOST_BOUNDS
from lib_omost.chat.grammar.canvas_grammar import canvas_grammar
from lib_omost.chat.local.constraint import GrammarConstraint
from lib_omost.chat.local.decode import Decoding, decode
from lib_omost.chat.local.pace import CPU_COST
from lib_omost.chat.local.reader import Reader
from lib_omost.chat.local.transformers_model import TransformersModel
from lib_omost.chat.model import Sampling

DEMO = "generate an image of a red circle beside a blue square"


def test_the_demonstrations_reply_has_both_shapes_side_by_side(embedded_model: TransformersModel) -> None:
    pieces = list(reply(embedded_model, Conversation().ask(DEMO), Sampling(temperature=0)))
    parsed = parse_reply("".join(piece.text for piece in pieces))
    assert (parsed.problems, parsed.corrections) == ((), ())
    circle, square = parsed.require_canvas().regions
    assert "red circle" in circle.description.lower()
    assert "blue square" in square.description.lower()
    assert (circle.color_name, square.color_name) == ("red", "blue")
    assert circle.rect.right <= square.rect.left
    assert pieces[-1].forwards < pieces[-1].tokens / 2


def test_another_message_stopped_midway_has_its_plan(embedded_model: TransformersModel) -> None:
    written: list[str] = []
    for piece in reply(
        embedded_model,
        Conversation().ask("a pink ring on the top-left and a green square on the bottom-right"),
        Sampling(temperature=0),
        should_stop=lambda: "background: " in "".join(written),
    ):
        written.append(piece.text)
    plan = "".join(written).split("\n")[1]
    assert "pink ring: on the top-left; " in plan
    assert "green square: on the bottom-right; " in plan


def test_the_published_turns_take_few_enough_passes(
    embedded_model: TransformersModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bars of `bench chat`, in passes: how many there are does not depend on scores, so none are computed."""

    def read(self: Reader, tokens: list[int], scored: int = 1) -> torch.Tensor:
        self.tokens += tokens
        return torch.zeros(scored, 1)

    def forget(self: Reader, count: int) -> None:
        del self.tokens[len(self.tokens) - count :]

    monkeypatch.setattr(Reader, "read", read)
    monkeypatch.setattr(Reader, "forget", forget)
    monkeypatch.setattr(Reader, "can_forget", True)
    reader = Reader(embedded_model.network)
    for turn, bar in zip(transcript_turns(embedded_model), (1.6, 5), strict=True):
        answer = embedded_model.vocabulary.tokenize_str(turn.reply)
        constraint = GrammarConstraint(embedded_model.vocabulary, canvas_grammar(OMOST_BOUNDS))
        teacher = Teacher(constraint, answer, embedded_model.vocabulary)
        parts = list(decode(reader, turn.prompt, teacher, teacher.choose, Decoding(2 * len(answer), cost=CPU_COST)))
        assert sum(len(part.tokens) for part in parts) == len(answer)
        assert len(answer) >= bar * parts[-1].forwards
