from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import llguidance
import numpy as np
import pytest

from lib_omost.canvas import parse_reply
from lib_omost.chat.conversation.history import read_history
from lib_omost.chat.conversation.prompt import worked_examples
from lib_omost.chat.grammar.bounds import OMOST_BOUNDS, SMALL_MODEL_BOUNDS, Bounds
from lib_omost.chat.grammar.canvas_grammar import canvas_rules
from lib_omost.chat.local.constraint import GrammarConstraint
from lib_omost.chat.local.transformers_model import TransformersModel
from lib_omost.errors import ModelError
from lib_omost.grammar.lark import lark
from lib_omost.grammar.rules import Chars, Grammar, literals

RandomWalk = Callable[[llguidance.LLTokenizer, Grammar, int], str]

ALL_BOUNDS = [
    Bounds(),
    OMOST_BOUNDS,
    SMALL_MODEL_BOUNDS,
    Bounds(regions=(0, 1), items=(0, 0), sentence=1, tags=1, mood=1),
    Bounds(regions=(3, 3), items=(2, 3), sentence=30, tags=20, mood=10),
]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("bounds", ALL_BOUNDS)
def test_any_reply_that_ends_is_a_canvas_within_its_bounds(
    byte_vocabulary: llguidance.LLTokenizer, random_walk: RandomWalk, bounds: Bounds, seed: int
) -> None:
    parsed = parse_reply(random_walk(byte_vocabulary, canvas_rules(bounds), seed))
    assert parsed.problems == ()
    assert parsed.corrections == ()
    canvas = parsed.require_canvas()
    assert bounds.regions[0] <= len(canvas.regions) <= bounds.regions[1]
    for part in (canvas, *canvas.regions):
        assert bounds.items[0] <= len(part.detailed_descriptions) <= bounds.items[1]
        assert all(1 <= len(text) <= bounds.sentence for text in (part.description, *part.detailed_descriptions))
        assert 1 <= len(part.tags) <= bounds.tags
    for region in canvas.regions:
        assert all(1 <= len(text) <= bounds.mood for text in (region.atmosphere, region.style, region.quality_meta))


@pytest.mark.parametrize("seed", range(6))
def test_a_reply_cut_anywhere_keeps_its_complete_regions(
    byte_vocabulary: llguidance.LLTokenizer, random_walk: RandomWalk, seed: int
) -> None:
    bounds = Bounds(regions=(2, 3), items=(0, 2), sentence=20, tags=20, mood=10)
    reply = random_walk(byte_vocabulary, canvas_rules(bounds), seed)
    whole = parse_reply(reply).require_canvas()
    ends = [match.end() for match in re.finditer(r"^\)$", reply, re.MULTILINE)]  # of the calls, the global one first
    for cut in np.random.default_rng(seed).integers(ends[0], len(reply), 8):
        canvas = parse_reply(reply[:cut]).require_canvas()
        complete = sum(end <= cut for end in ends) - 1
        assert canvas.description == whole.description
        assert canvas.regions[:complete] == whole.regions[:complete]


@pytest.mark.parametrize("seed", range(3))
def test_the_models_own_tokens_walk_the_grammar_too(
    embedded_model: TransformersModel, random_walk: RandomWalk, seed: int
) -> None:
    parsed = parse_reply(random_walk(embedded_model.vocabulary, canvas_rules(SMALL_MODEL_BOUNDS), seed))
    assert (parsed.problems, parsed.corrections) == ((), ())


def test_the_published_transcripts_keep_within_the_bounds_for_omosts_models() -> None:
    text = (Path(__file__).parents[3] / "lib_omost" / "bench" / "dragon_chat.md").read_text(encoding="utf-8")
    bounds = OMOST_BOUNDS
    for round_ in read_history(text).rounds:
        canvas = parse_reply(round_.reply).require_canvas()
        assert bounds.regions[0] <= len(canvas.regions) <= bounds.regions[1]
        for part in (canvas, *canvas.regions):
            assert bounds.items[0] <= len(part.detailed_descriptions) <= bounds.items[1]
            assert max(map(len, (part.description, *part.detailed_descriptions))) <= bounds.sentence
            assert len(part.tags) <= bounds.tags
        for region in canvas.regions:
            assert max(map(len, (region.atmosphere, region.style, region.quality_meta))) <= bounds.mood


def test_worked_examples_are_what_the_grammar_asks_for(byte_vocabulary: llguidance.LLTokenizer) -> None:
    examples = [turn.content for turn in worked_examples() if turn.role == "assistant"]
    assert len(examples) >= 2
    for text in examples:
        matcher = llguidance.LLMatcher(
            byte_vocabulary, llguidance.LLMatcher.grammar_from_lark(lark(canvas_rules(SMALL_MODEL_BOUNDS)))
        )
        assert matcher.consume_tokens(byte_vocabulary.tokenize_str(text))
        assert matcher.is_accepting()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"regions": (2, 1)}, "regions 2 to 1"),
        ({"regions": (0, 33)}, "regions 0 to 33"),
        ({"regions": (0, 0)}, "regions 0 to 0"),
        ({"items": (-1, 2)}, "items -1 to 2"),
        ({"items": (0, 65)}, "items 0 to 65"),
        ({"tags": 0}, "room for one character"),
        ({"regions": (1, 32)}, r"more than \d+ characters"),
    ],
)
def test_bounds_that_no_canvas_fits_are_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Bounds(**wrong)  # type: ignore[arg-type]


def test_a_grammar_that_is_none_and_a_token_against_it_are_model_errors(
    byte_vocabulary: llguidance.LLTokenizer,
) -> None:
    with pytest.raises(ModelError, match="cannot be followed"):
        GrammarConstraint(byte_vocabulary, Grammar({"start": Chars(("za",))}))
    constraint = GrammarConstraint(byte_vocabulary, Grammar({"start": literals("a", "b")}))
    with pytest.raises(ModelError, match="cannot be followed"):
        constraint.take(byte_vocabulary.tokenize_str("c")[0])
