"""The prompt syntax of WebUIs in sub-prompts: what is found of it, and where a text may be cut."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.prompts import Signs, greedy_bags, parted, signs_of, variants_of
from lib_omost.prompts.syntax import cut_apart

SYNTAX = Signs(breaks=True, brackets=True)


def words(text: str) -> list[int]:
    """A word is a token; brackets and weights are none."""
    return [0 for _ in re.sub(r":[\d.]+(?=\))|[()\[\]]", "", text).split()]


def weights(text: str) -> list[tuple[str, float]]:
    """Each word with its weight, read from left to right: (a), [a] and (a:1.3) alone."""
    found, stack = [], [1.0]
    for token in re.findall(r"\(|\[|:[\d.]+\)|\)|\]|[^\s()\[\]:]+", text):
        if token in "([":
            stack.append(len(found))
        elif token[-1] in ")]":
            factor = float(token[1:-1]) if token[0] == ":" else {")": 1.1, "]": 1 / 1.1}[token]
            start = int(stack.pop())
            found[start:] = [(word, weight * factor) for word, weight in found[start:]]
        else:
            found.append((token, 1.0))
    return [(word, round(weight, 6)) for word, weight in found]


nested = st.recursive(
    st.lists(st.sampled_from(["red", "old", "barn", "sky"]), min_size=1, max_size=4).map(" ".join),
    lambda inner: st.one_of(
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"[{text}]"),
        st.tuples(inner, st.sampled_from(["1.3", "0.7"])).map(lambda both: f"({both[0]}:{both[1]})"),
        st.lists(inner, min_size=2, max_size=3).map(" ".join),
    ),
    max_leaves=8,
)


@given(nested, st.data())
def test_every_word_keeps_its_weight_wherever_a_text_is_cut(text: str, data: st.DataObject) -> None:
    spaces = [match.start() for match in re.finditer(" ", text)] or [0]
    left, right = cut_apart(text, data.draw(st.sampled_from(spaces)))
    assert weights(left) + weights(right) == weights(text)


@given(nested, nested)
def test_a_sub_prompt_that_is_split_keeps_its_weights(one: str, other: str) -> None:
    text = f"({one}, {other}:1.2)"
    found = greedy_bags((), (text,), words, 3, signs=SYNTAX)
    parts = [prompt for bag in found.bags for prompt in bag.prompts]
    assert [pair for part in parts for pair in weights(part.replace(",", ""))] == weights(text.replace(",", ""))
    assert all(len(bag.ids) <= 3 for bag in found.bags)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a red barn", ("a red barn",)),
        ("a red BREAK barn", ("a red", "barn")),
        ("a (red BREAK old:1.3) barn", ("a (red:1.3)", "(old:1.3) barn")),
        ("BREAK a barn BREAK BREAK", ("a barn",)),
        ("BREAKING news", ("BREAKING news",)),
        ("BREAK", ("BREAK",)),
        (r"a \(red BREAK barn\)", (r"a \(red", r"barn\)")),
    ],
)
def test_break_parts_a_text_and_brackets_hold_on_both_sides(text: str, parts: tuple[str, ...]) -> None:
    assert parted(text) == parts


def test_what_stands_behind_break_opens_a_bag_under_the_same_prefix() -> None:
    found = greedy_bags(("scene.", "thing."), ("red BREAK old", "big."), words, signs=SYNTAX)
    assert [bag.prompts for bag in found.bags] == [("scene.", "thing.", "red"), ("scene.", "thing.", "old", "big.")]
    assert found.notes == ()


def test_of_a_prefix_what_stands_before_break_heads_every_bag() -> None:
    found = greedy_bags(("thing BREAK far.",), ("red.",), words, signs=SYNTAX)
    assert [bag.prompts for bag in found.bags] == [("thing", "far.", "red.")]


def test_a_literal_break_is_a_word() -> None:
    found = greedy_bags((), ("red BREAK old",), words)
    assert [bag.prompts for bag in found.bags] == [("red BREAK old",)]


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("a (red:1.3) barn", ("(red:1.3)",)),
        ("[oil:water:0.5] colours, [a|b]", ("[oil:water:0.5]", "[a|b]")),
        ("a man (standing) at [the] door, 10:30", ()),
        (r"a \(red:1.3\) barn", ()),
        ("((red)) barn", ("((red))",)),
    ],
)
def test_signs_are_told_from_brackets_in_prose(text: str, signs: tuple[str, ...]) -> None:
    assert signs_of(text) == signs


@pytest.mark.parametrize(
    ("text", "variants"),
    [
        ("a {red|blue} car", ("{red|blue}",)),
        ("__animals/cats__ and __colour__", ("__animals/cats__", "__colour__")),
        ("{2$$a|b|c} ${x=y}", ("{2$$a|b|c}", "${x=y}")),
        ("a {big} snake_case __init", ()),
    ],
)
def test_variants_and_wildcards_are_found(text: str, variants: tuple[str, ...]) -> None:
    assert variants_of(text) == variants
