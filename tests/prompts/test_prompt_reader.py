"""How long a canvas's texts are, as a job packs them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from lib_omost.canvas import Canvas, Region
from lib_omost.prompts import TagStyle, VariantSigns
from lib_omost.prompts.reader import Length, TextReader, length_of

SIGNS = re.compile(r"[()\[\]]|:[\d.]+")


def words(text: str) -> list[int]:
    """A stand-in for a host's tokenizer: a token a word; signs that weight are none, and escaped ones are one each."""
    plain = SIGNS.sub(" ", re.sub(r"\\\\[()\[\]]", " x ", text))
    return [1] * len(plain.split())


READER = TextReader(words, reads_syntax=True, literal=lambda text: re.sub(r"([()\[\]])", r"\\\1", text))
CIRCLE = Region("on the left", "no offset", "a small square area", 1.0, "a (red:1.2) circle")


def test_a_sign_that_weights_is_no_token_unless_texts_are_literal() -> None:
    canvas = Canvas("white", regions=(CIRCLE,))
    assert length_of(canvas, READER) == Length(2, 1 + 1 + 3, 75)
    assert length_of(canvas, READER, is_literal=True) == Length(2, 1 + 1 + 5, 75)


def test_a_break_opens_a_bag_unless_texts_are_literal() -> None:
    canvas = Canvas("white", regions=(replace(CIRCLE, detailed_descriptions=("one BREAK two",)),))
    assert (length_of(canvas, READER).bags, length_of(canvas, READER, is_literal=True).bags) == (3, 2)


def test_bags_are_as_large_as_the_encoder_reads_at_once() -> None:
    region = replace(CIRCLE, description="one", detailed_descriptions=("two three four", "five six seven"))
    canvas = Canvas("white", regions=(region,))
    small = length_of(canvas, replace(READER, limit=5))
    assert (small.bags, small.limit) == (3, 5)
    assert length_of(canvas, READER).bags == 2


@pytest.mark.parametrize(
    ("text", "reader", "is_literal", "estimate"),
    [
        ("a (red:1.2) circle", READER, False, ""),
        ("a [red:blue:0.5] circle", READER, False, "choices"),
        ("a {red|blue} circle", READER, False, "choices"),
        ("a [[pale]] circle", READER, False, ""),
        ("a [red:blue:0.5] circle", READER, True, ""),
        ("a {red|blue} circle", replace(READER, reads_syntax=False), False, ""),
        ("a <<red|blue>> circle", replace(READER, signs=VariantSigns("<<", ">>")), False, "choices"),
        ("a circle", replace(READER, is_stand_in=True), False, "tokenizer"),
    ],
)
def test_what_is_no_more_than_an_estimate_says_why(
    text: str, reader: TextReader, is_literal: bool, estimate: str
) -> None:
    assert length_of(Canvas(text), reader, is_literal=is_literal).estimate == estimate


@pytest.mark.parametrize("is_literal", [False, True])
def test_tags_of_networks_are_no_words(is_literal: bool) -> None:
    plain = Canvas("white", regions=(replace(CIRCLE, description="a red circle"),))
    tagged = Canvas("white", regions=(replace(CIRCLE, description="a red circle <lora:foo:1> <hypernet:bar:1>"),))
    assert length_of(tagged, READER, is_literal=is_literal) == length_of(plain, READER, is_literal=is_literal)
    comes = Canvas("white", regions=(replace(CIRCLE, description="a [red <lora:foo:1>:blue:0.5] circle"),))
    assert length_of(comes, READER).estimate == "choices"


def test_what_a_tag_style_puts_before_each_bag_is_counted() -> None:
    canvas = Canvas("white", regions=(CIRCLE,))
    plain = length_of(canvas, READER)
    scores = len(words("score_9, score_8_up, score_7_up"))
    pony = length_of(canvas, replace(READER, style=TagStyle.PONY))
    assert pony.tokens >= plain.tokens + 2 * scores
    assert length_of(canvas, READER, style=TagStyle.PONY) == pony
    assert length_of(canvas, replace(READER, style=TagStyle.PONY), style=TagStyle.PLAIN) == plain
