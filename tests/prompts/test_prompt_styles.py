"""People as booru models count them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.prompts import count_people


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("girl", "1girl"),
        ("boy", "1boy"),
        ("a girl", "1girl"),
        ("The man", "1boy"),
        ("one woman", "1girl"),
        ("1 boy", "1boy"),
        ("A young woman sits.", "young 1girl sits."),
        ("a tall old man", "tall old 1boy"),
        ("two girls", "2girls"),
        ("2 girls", "2girls"),
        ("three young men", "young 3boys"),
        ("five ladies", "5girls"),
        ("six boys", "6+boys"),
        ("ten women", "6+girls"),
        ("a pair of boys", "2boys"),
        ("girls", "multiple girls"),
        ("twin girls", "twin 2girls"),
        ("young twin boys", "young twin 2boys"),
        ("a dozen women", "6+girls"),
        ("dozens of men", "6+boys"),
        ("several men", "multiple boys"),
        ("a group of women", "multiple girls"),
        ("a girl and a boy", "1girl and 1boy"),
        ("two boys, a girl", "2boys, 1girl"),
        ("girl, hat, boy", "1girl, hat, 1boy"),
        ("A GIRL", "1girl"),
        ("the two girls", "the 2girls"),
        ("young multiple girls", "young multiple girls"),
    ],
)
def test_people_become_counting_tags(text: str, wanted: str) -> None:
    assert count_people(text) == wanted


@pytest.mark.parametrize(
    "text",
    ["1girl", "2boys", "6+girls", "the girl's hat", "a man’s coat", "cowgirl", "girlish", "a girl-like doll", "human",
     "two girl scouts", "boy scouts", "a girl scout", "girls scouts", "three young boy scouts", "a dragon and a cat",
     "snow-man", ""],
)  # fmt: skip
def test_other_words_stay(text: str) -> None:
    assert count_people(text) == text


@given(st.lists(st.sampled_from(["a ", "two ", "girl", "girls", "man", "men", "young ", ", ", " and ", "'s", "1girl"])))
def test_counting_twice_changes_nothing(words: list[str]) -> None:
    once = count_people("".join(words))
    assert count_people(once) == once
