"""A sub-prompt of the grammar never has 75 tokens of CLIP, whatever it says: shown by CLIP's own tokenizer."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable
from importlib.util import find_spec

import pytest

from lib_omost.bench.walk import walk
from lib_omost.canvas import parse_reply
from lib_omost.chat.grammar.bounds import LONGEST_TEXT, SMALL_MODEL_BOUNDS, Bounds
from lib_omost.chat.grammar.canvas_grammar import canvas_rules
from lib_omost.chat.grammar.letters import OTHER, PROSE
from lib_omost.prompts import greedy_bags

Tokenize = Callable[[str], list[int]]


@pytest.fixture(scope="module")
def clip_tokenize() -> Tokenize:
    if find_spec("open_clip") is None:
        pytest.skip("open_clip_torch is not installed")
    from lib_omost.hosts.diffusers.shared.encode import tokenize_with
    from lib_omost.mini.tokenizer import load_tokenizer

    return tokenize_with(load_tokenizer())


def weight(text: str) -> int:
    """The most CLIP tokens that a text of these characters can have, in bytes: one for ASCII, three for any other."""
    return sum(1 if char.isascii() else 3 for char in text)


def characters(ranges: tuple[str, ...]) -> list[str]:
    return [chr(code) for first, last in ranges for code in range(ord(first), ord(last) + 1)]


def test_no_character_has_more_bytes_than_it_counts_for() -> None:
    for char in [*characters(PROSE.ranges), *characters(OTHER.ranges), "'", '"']:
        prepared = unicodedata.normalize("NFC", char).lower()
        assert len(prepared.encode()) <= weight(char), (char, hex(ord(char)))


@pytest.mark.parametrize("text", ["한", "é", "İ", "龍", "’", "q", "9", "(", "ก", "ẞ", "ợ"])
def test_the_longest_text_of_one_character_stays_under_75_tokens(clip_tokenize: Tokenize, text: str) -> None:
    assert len(clip_tokenize(text * (LONGEST_TEXT // weight(text)) + ".")) < 75


def test_random_texts_have_at_most_their_weight_in_tokens(clip_tokenize: Tokenize) -> None:
    rng = random.Random(0)
    chars = characters(PROSE.ranges) * 40 + characters(OTHER.ranges)
    for _ in range(2000):
        text = "".join(rng.choices(chars, k=rng.randint(1, LONGEST_TEXT)))
        assert len(clip_tokenize(text)) <= weight(text)


@pytest.mark.parametrize("bounds", [Bounds(), SMALL_MODEL_BOUNDS])
def test_every_sub_prompt_of_a_walk_is_encoded_whole(clip_tokenize: Tokenize, bounds: Bounds) -> None:
    for seed in range(25):
        canvas = parse_reply(walk(canvas_rules(bounds), seed)).require_canvas()
        for part in (canvas, *canvas.regions):
            texts = [part.description, *part.detailed_descriptions, part.tags]
            if part is not canvas:
                texts += [part.atmosphere, part.style, part.quality_meta]
            for text in texts:
                result = greedy_bags([], [text + "."], clip_tokenize)
                assert len(result.bags) == 1, text
                assert len(result.bags[0].ids) < 75
                assert result.notes == ()
