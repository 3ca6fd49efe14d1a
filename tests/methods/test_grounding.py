"""A canvas as boxes and phrases: shares of the picture, first sentences, the largest of too many."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.canvas import Canvas, Mask, Rect, Region
from lib_omost.methods.grounding import Grounding, box_of, phrase_of

REGION = Region("in the center", "no offset", "a small square area", 1.0, "A red circle.")
SIDES = st.tuples(st.integers(0, 89), st.integers(1, 90)).filter(lambda pair: pair[0] < pair[1])


@given(SIDES, SIDES)
def test_a_box_is_the_rectangles_share_of_the_picture(down: tuple[int, int], across: tuple[int, int]) -> None:
    left, top, right, bottom = box_of(replace(REGION, free_rect=Rect(*down, *across)))
    assert [round(90 * one, 6) for one in (top, bottom, left, right)] == [*down, *across]
    assert 0 <= left < right <= 1
    assert 0 <= top < bottom <= 1


@given(*2 * (SIDES.filter(lambda pair: pair[1] - pair[0] >= 2),))
def test_a_masks_box_is_the_one_around_its_cells(down: tuple[int, int], across: tuple[int, int]) -> None:
    region = replace(REGION, free_rect=Rect(*down, *across), mask=Mask(2, (1, 2)))  # two quarters of it, crosswise
    cells = region.cells or ((0,) * down[0] + ((1 << across[1]) - (1 << across[0]),) * (down[1] - down[0]))
    columns = [x for x in range(90) if any(row >> x & 1 for row in cells)]
    rows = [y for y, row in enumerate(cells) if row]
    around = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    assert [round(90 * one) for one in box_of(region)] == list(around)


@pytest.mark.parametrize(
    ("description", "phrase"),
    [
        ("A red circle.", "A red circle"),
        ("a dog, asleep. It dreams.", "a dog, asleep"),
        ("  ! A cat \n on a mat", "A cat"),
        ("", "on the left"),
    ],
)
def test_a_phrase_is_the_first_sentence(description: str, phrase: str) -> None:
    assert phrase_of(replace(REGION, description=description, detailed_descriptions=("on the left.",))) == phrase


@given(st.lists(st.integers(2, 90), max_size=32))
def test_the_largest_are_kept_far_to_near(sides: list[int]) -> None:
    regions = tuple(
        replace(
            REGION, description=f"thing {number}", distance_to_viewer=1.0 + number, free_rect=Rect(0, side, 0, side)
        )
        for number, side in enumerate(sides)
    )
    things, notes = Grounding(most=10).things(Canvas("x", regions=regions))
    assert len(things) == min(10, len(sides))
    assert bool(notes) == (len(sides) > 10)
    numbers = [int(thing.phrase.removeprefix("thing ")) for thing in things]
    assert numbers == sorted(numbers, reverse=True)
    left = set(range(len(sides))) - set(numbers)
    assert all(sides[one] <= min(sides[number] for number in numbers) for one in left)


def test_regions_without_words_or_weight_have_no_box() -> None:
    silent = Region("on the left", "no offset", "a small square area", 2.0, " . ")
    things, notes = Grounding().things(Canvas("x", regions=(silent, replace(REGION, weight=0.0), REGION)))
    assert [thing.phrase for thing in things] == ["A red circle"]
    assert notes == ("1 regions have no description, and so no box",)


@pytest.mark.parametrize(("steps", "grounded"), [(10, 3), (20, 6), (3, 0), (50, 15)])
def test_a_share_of_the_steps_is_grounded(steps: int, grounded: int) -> None:
    assert Grounding().steps(steps) == grounded
