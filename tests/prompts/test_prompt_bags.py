"""Bags never exceed 75 tokens, lose nothing, and are the greedy ones of the readme."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib_omost.canvas import Canvas
from lib_omost.errors import BadInputError
from lib_omost.prompts import BAG_LIMIT, Bag, BagResult, greedy_bags, region_paths

Tokenize = Callable[[str], list[int]]


def prompt(tokens: int, name: str = "w") -> str:
    """A sub-prompt of so many tokens for the stand-in tokenizer."""
    return " ".join([name] * (tokens - 1)) + "." if tokens > 1 else "." * tokens


def sizes(result: BagResult) -> list[list[int]]:
    return [[len(part.replace(".", " .").split()) for part in bag.prompts] for bag in result.bags]


def naive_bags(prefixes: list[str], suffixes: list[str], tokenize: Tokenize) -> list[tuple[str, ...]]:
    """The readme's rule, word for word: fill a bag until the next item does not fit."""
    remaining = list(suffixes)
    bags = []
    while remaining:
        bag = list(prefixes)
        while remaining and len(tokenize(" ".join([*bag, remaining[0]]))) <= BAG_LIMIT:
            bag.append(remaining.pop(0))
        bags.append(tuple(bag))
    return bags


# The readme's own example, A … F, with one token more in E: Omost's code lets a bag have exactly 75 tokens.
def test_the_example_of_the_readme(tokenize: Tokenize) -> None:
    result = greedy_bags([], [prompt(n) for n in (25, 35, 5, 60, 16, 25)], tokenize)
    assert sizes(result) == [[25, 35, 5], [60], [16, 25]]
    assert result.notes == ()


words = st.integers(1, 20).map(lambda count: " ".join(["word"] * count) + ".")


@given(prefixes=st.lists(words, max_size=2), suffixes=st.lists(words, min_size=1, max_size=20))
@settings(max_examples=200)
def test_plain_cases_equal_the_naive_rule(prefixes: list[str], suffixes: list[str]) -> None:
    def tokenize(text: str) -> list[int]:
        return [1] * len(text.replace(".", " .").split())

    result = greedy_bags(prefixes, suffixes, tokenize)  # at most 2 · 21 + 21 tokens: everything fits beside the prefix
    assert [bag.prompts for bag in result.bags] == naive_bags(prefixes, suffixes, tokenize)
    assert result.notes == ()


sub_prompt = st.integers(0, 200).map(lambda count: ", ".join(f"word{place}" for place in range(count)) + ".") | st.text(
    max_size=200
)


def letters(text: str) -> list[str]:
    return [char for char in text if not char.isspace()]


@given(
    prefixes=st.lists(sub_prompt, max_size=3),
    suffixes=st.lists(sub_prompt, max_size=8),
    limit=st.sampled_from([75, 75, 20, 3]),
    data=st.data(),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_bag_exceeds_the_limit_and_nothing_is_lost(
    prefixes: list[str], suffixes: list[str], limit: int, data: st.DataObject, tokenize: Tokenize
) -> None:
    result = greedy_bags(prefixes, suffixes, tokenize, limit)
    assert result.bags
    for bag in result.bags:
        assert len(bag.ids) <= limit
        assert list(bag.ids) == [token for part in bag.prompts for token in tokenize(part)]
        assert bag.text == " ".join(bag.prompts)
    # every sub-prompt is there, whole or as its pieces in a row
    parts = [part for bag in result.bags for part in bag.prompts]
    for wanted in [*prefixes, *suffixes]:
        if len(tokenize(wanted)) <= limit:
            assert wanted in parts
        else:
            assert "".join(letters(wanted)) in "".join(letters("".join(longer(parts, prefixes, limit, tokenize))))
    # the order of whole suffixes is kept
    order = [part for part in parts if part not in prefixes]
    kept = [wanted for wanted in suffixes if len(tokenize(wanted)) <= limit and wanted not in prefixes]
    assert is_subsequence(kept, order)


def longer(parts: list[str], prefixes: list[str], limit: int, tokenize: Tokenize) -> list[str]:
    """The parts without the prefixes that head the bags, between which a long sub-prompt's pieces may lie."""
    return [part for part in parts if part not in prefixes or len(tokenize(part)) > limit]


def is_subsequence(short: list[str], long: list[str]) -> bool:
    rest = iter(long)
    return all(item in rest for item in short)


# Corner cases


def test_no_suffix_gives_one_bag_with_the_prefix(tokenize: Tokenize) -> None:
    assert sizes(greedy_bags([prompt(10), prompt(20)], [], tokenize)) == [[10, 20]]


def test_nothing_gives_one_bag_without_tokens(tokenize: Tokenize) -> None:
    assert greedy_bags([], [], tokenize) == BagResult((Bag((), ()),))


def test_a_prefix_that_fills_everything_has_its_farthest_items_left_out(tokenize: Tokenize) -> None:
    result = greedy_bags([prompt(50, "far"), prompt(30, "near")], [prompt(20), prompt(20), prompt(20)], tokenize)
    assert sizes(result) == [[50], [30, 20, 20], [30, 20]]
    assert len(result.notes) == 1
    assert "far far" in result.notes[0]


def test_a_prefix_over_the_limit_without_suffixes(tokenize: Tokenize) -> None:
    assert sizes(greedy_bags([prompt(50), prompt(30)], [], tokenize)) == [[50], [30]]


def test_one_long_suffix_shortens_the_prefix_of_its_own_bag_only(tokenize: Tokenize) -> None:
    result = greedy_bags([prompt(20), prompt(10)], [prompt(40), prompt(60), prompt(40)], tokenize)
    assert sizes(result) == [[20, 10, 40], [10, 60], [20, 10, 40]]
    assert result.notes == ()


def test_a_suffix_that_fills_a_bag_alone_stays_whole(tokenize: Tokenize) -> None:
    assert sizes(greedy_bags([prompt(20)], [prompt(75), prompt(1)], tokenize)) == [[75], [20, 1]]


def test_a_suffix_over_the_limit_is_split_at_commas_and_the_user_is_told(tokenize: Tokenize) -> None:
    text = ", ".join(f"red fox {place}" for place in range(25)) + "."
    result = greedy_bags(["A den."], [text], tokenize)
    assert len(result.bags) == 2
    for bag in result.bags:
        assert bag.prompts[0] == "A den."
        assert bag.prompts[1].startswith("red fox")
    assert " ".join(bag.prompts[1] for bag in result.bags) == text
    assert len(result.notes) == 1
    assert "100 tokens" in result.notes[0]
    assert "2 pieces" in result.notes[0]


def test_without_commas_it_is_split_between_words_and_without_words_between_characters(tokenize: Tokenize) -> None:
    by_words = greedy_bags([], ["fox " * 100], tokenize)
    assert {part for bag in by_words.bags for part in " ".join(bag.prompts).split()} == {"fox"}
    by_characters = greedy_bags([], ["x" * 1000], tokenize)
    assert "".join(part for bag in by_characters.bags for part in bag.prompts) == "x" * 1000


def test_a_prefix_item_over_the_limit_becomes_the_first_suffix(tokenize: Tokenize) -> None:
    result = greedy_bags(["A den.", "fox, " * 50], ["It is red."], tokenize)
    assert all(bag.prompts[0] == "A den." for bag in result.bags)
    assert result.bags[-1].prompts[-1] == "It is red."
    assert len(result.notes) == 1


def test_a_tokenizer_that_cannot_fit_one_character_is_refused() -> None:
    with pytest.raises(BadInputError, match="character 'x'"):
        greedy_bags([], ["xx"], lambda text: [0] * 80 * len(text))


# The real thing


@pytest.mark.parametrize(("name", "bags", "tokens"), [("dragon", 23, 1771), ("dinosaur", 22, 1694)])
def test_the_transcripts_give_the_bags_that_are_known(
    name: str, bags: int, tokens: int, request: pytest.FixtureRequest, clip_tokenize: Tokenize
) -> None:
    canvas: Canvas = request.getfixturevalue(name)
    results = [greedy_bags(path.prefixes, path.suffixes, clip_tokenize) for path in region_paths(canvas)]
    assert len(results) == 5
    assert sum(len(result.bags) for result in results) == bags
    assert sum(77 for result in results for _ in result.bags) == tokens
    assert all(result.notes == () for result in results)
    for path, result in zip(region_paths(canvas), results, strict=True):
        assert [bag.prompts for bag in result.bags] == naive_bags(
            list(path.prefixes), list(path.suffixes), clip_tokenize
        )


@given(words=st.integers(1, 75), whole=st.integers(1, 40), local=st.integers(1, 30), detail=st.integers(1, 40))
def test_words_of_the_prompt_box_never_part_a_detail_from_its_subject(
    words: int, whole: int, local: int, detail: int
) -> None:
    """Of what heads a bag the words go first, then the farthest description; a detail keeps its subject if it can."""
    texts = {"box": words, "whole": whole, "local": local, "detail": detail}
    result = greedy_bags(("whole", "local"), ("detail",), lambda text: [0] * texts[text], words="box")
    *_, last = result.bags
    assert last.prompts[-1] == "detail"
    assert ("local" in last.prompts) == (local + detail <= 75)
    assert ("whole" in last.prompts) == (whole + local + detail <= 75)
    has_room = sum(texts[text] for text in last.prompts if text != "box") + words <= 75
    assert ("box" in last.prompts) == has_room
    assert {text for bag in result.bags for text in bag.prompts} == set(texts)  # nothing is lost
