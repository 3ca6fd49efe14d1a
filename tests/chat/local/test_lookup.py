from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.chat.local.lookup import LONGEST_RUN, Before, PromptLookup


def guessed(lookup: PromptLookup, most: int, draft: list[int] | None = None) -> list[int]:
    return [guess.token for guess in lookup.guesses(draft or [], most)]


def test_a_run_that_has_occurred_goes_on_as_it_did() -> None:
    lookup = PromptLookup([1, 2, 3, 4, 5, 6, 9, 8])
    assert guessed(lookup, 3) == []
    lookup.extend([2, 3])
    assert guessed(lookup, 3) == [4, 5, 6]
    assert [guess.agreement for guess in lookup.guesses([], 3)] == [2, 3, 4]
    lookup.extend([4])
    assert guessed(lookup, 5) == [5, 6, 9, 8, 2]


def test_the_latest_of_the_longest_runs_counts() -> None:
    lookup = PromptLookup([1, 2, 3, 4, 7, 0, 3, 4, 8, 0, 9, 3, 4, 6, 5, 5])
    lookup.extend([3, 4])
    assert guessed(lookup, 1) == [6]
    lookup = PromptLookup([1, 2, 3, 4, 7, 0, 3, 4, 8, 0])
    lookup.extend([1, 2, 3, 4])
    assert guessed(lookup, 1) == [7]


@pytest.mark.parametrize("replaced", [[50], [50, 51], [50, 51, 52], []])
def test_behind_a_changed_word_the_source_is_taken_up_again(replaced: list[int]) -> None:
    lookup = PromptLookup([*range(1, 30), 99])
    lookup.extend([1, 2, 3, 4, 5])
    lookup.extend([*replaced, 7])  # instead of 6
    assert guessed(lookup, 4) == [8, 9, 10, 11]


def test_a_guess_goes_on_behind_a_draft_also_where_the_draft_leaves_the_source() -> None:
    lookup = PromptLookup([1, 2, 3, 4, 5, 90, 7, 8, 9])
    lookup.extend([1, 2])
    assert guessed(lookup, 2, [3]) == [4, 5]
    assert guessed(lookup, 2, [3, 7]) == [8, 9]
    assert guessed(lookup, 2, [60]) == []


def test_in_a_draft_a_longer_run_takes_over_from_the_source() -> None:
    lookup = PromptLookup([1, 2, 3, 4, 60, 8, 2, 3, 4, 70, 9])
    lookup.extend([1])
    assert guessed(lookup, 4) == [2, 3, 4, 60]  # the run that begins with 1 is longer than that of 2, 3, 4
    lookup = PromptLookup([2, 3, 4, 60, 8, 2, 3, 4, 70, 9])
    lookup.extend([5, 2])
    assert guessed(lookup, 3) == [3, 4, 70]


@pytest.mark.parametrize(
    ("followers", "before"),
    [
        ([5], Before.ONCE),
        ([5, 5], Before.ALWAYS),
        ([5, 5, 5], Before.ALWAYS),
        ([6, 5], Before.MIXED),
        ([5, 5, 6], Before.MIXED),
        ([6, 5, 5], Before.LATELY),
    ],
)
def test_a_guess_says_how_its_run_went_on_before(followers: list[int], before: Before) -> None:
    lookup = PromptLookup(
        [token for place, follower in enumerate(followers) for token in (1, 2, follower, 100 + place)]
    )
    lookup.extend([1, 2])
    (guess,) = lookup.guesses([], 1)
    assert (guess.token, guess.before) == (followers[-1], before)


tokens = st.lists(st.integers(0, 3), max_size=40)


@given(tokens, tokens, st.lists(st.integers(0, 3), max_size=3), st.integers(1, 9))
def test_each_guess_has_come_after_what_it_agrees_with(
    prompt: list[int], reply: list[int], draft: list[int], most: int
) -> None:
    lookup = PromptLookup(prompt)
    for token in reply:
        lookup.extend([token])
    text, known = prompt + reply, prompt + reply + draft
    guesses = lookup.guesses(draft, most)
    assert len(guesses) <= most
    for guess in guesses:
        run = [*known[len(known) - guess.agreement :], guess.token] if guess.agreement else [guess.token]
        assert any(text[place : place + len(run)] == run for place in range(len(text)))
        known = [*known, guess.token]
    if len(guesses) < most:  # nothing is known: not even the last token has occurred before
        assert not known or known[-1] not in text[:-1]


def test_runs_longer_than_the_longest_are_told_apart_by_the_source() -> None:
    first, other = [*range(10, 10 + LONGEST_RUN + 2), 1], [99, *range(11, 10 + LONGEST_RUN + 2), 2]
    lookup = PromptLookup([*first, *other])
    lookup.extend(first[:2])
    assert guessed(lookup, LONGEST_RUN + 1) == first[2:]
