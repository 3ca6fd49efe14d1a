from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.chat.lookup import PromptLookup


def test_a_run_that_has_occurred_goes_on_as_it_did() -> None:
    lookup = PromptLookup([1, 2, 3, 4, 5, 6, 9, 8])
    assert lookup.draft(3) == []
    lookup.extend([2, 3])
    assert lookup.draft(3) == [4, 5, 6]
    assert lookup.agreement == 2
    lookup.extend([4])
    assert lookup.draft(9) == [5, 6, 9, 8, 2, 3, 4]
    assert lookup.agreement == 3


def test_the_latest_of_the_longest_runs_counts() -> None:
    lookup = PromptLookup([1, 2, 3, 4, 7, 0, 3, 4, 8, 0, 9, 3, 4, 6, 5, 5])
    lookup.extend([3, 4])
    assert lookup.draft(1) == [6]
    lookup = PromptLookup([1, 2, 3, 4, 7, 0, 3, 4, 8, 0])
    lookup.extend([1, 2, 3, 4])
    assert lookup.draft(1) == [7]


@pytest.mark.parametrize("replaced", [[50], [50, 51], [50, 51, 52], []])
def test_behind_a_changed_word_the_source_is_taken_up_again(replaced: list[int]) -> None:
    lookup = PromptLookup([*range(1, 30), 99])
    lookup.extend([1, 2, 3, 4, 5])
    lookup.extend([*replaced, 7])  # instead of 6
    assert lookup.draft(4) == [8, 9, 10, 11]


tokens = st.lists(st.integers(0, 3), max_size=40)


@given(tokens, tokens, st.integers(1, 9))
def test_a_draft_is_part_of_the_text_and_its_agreement_is_true(prompt: list[int], reply: list[int], most: int) -> None:
    lookup = PromptLookup(prompt)
    lookup.extend(reply)
    text = prompt + reply
    draft = lookup.draft(most)
    agreement = lookup.agreement
    assert len(draft) <= most
    if draft:
        known = text[len(text) - agreement :] + draft
        assert any(text[place : place + len(known)] == known for place in range(len(text)))
