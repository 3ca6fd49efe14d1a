from __future__ import annotations

import pytest
import torch

from lib_omost.bench.chat import transcript_turns
from lib_omost.bench.replay import Teacher
from lib_omost.chat.grammar.bounds import OMOST_BOUNDS
from lib_omost.chat.grammar.canvas_grammar import canvas_grammar
from lib_omost.chat.local.constraint import GrammarConstraint
from lib_omost.chat.local.decode import Decoding, decode
from lib_omost.chat.local.pace import CPU_COST
from lib_omost.chat.local.reader import Reader
from lib_omost.chat.local.transformers_model import TransformersModel


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
