"""Regions by name, their pixels, and whose a box of the picture is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.canvas import GRID, Canvas, Mask, Rect, Region
from lib_omost.canvas.chosen import box_of, owner_of, pixels_of, regions_named
from lib_omost.errors import BadInputError

PLAIN = Region("in the center", "no offset", "a large square area", 1.0, "")
KNIGHT = replace(PLAIN, description="A knight in armour.", free_rect=Rect(0, 90, 0, 45))
HORSE = replace(PLAIN, description="A horse.", free_rect=Rect(30, 90, 30, 90), distance_to_viewer=2.0)
HORSEMAN = replace(PLAIN, description="A horseman.", free_rect=Rect(0, 9, 0, 9))
CANVAS = Canvas("A field.", regions=(KNIGHT, HORSE, HORSEMAN))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("1", (KNIGHT,)),
        (" 2 ", (HORSE,)),
        ("3, 1,3", (HORSEMAN, KNIGHT)),
        ("a horse", (HORSE,)),
        ("A horse.", (HORSE,)),
        ("a KNIGHT", (KNIGHT,)),
        ("a horsem", (HORSEMAN,)),
    ],
)
def test_a_region_has_a_number_and_a_name(name: str, found: tuple[Region, ...]) -> None:
    assert regions_named(CANVAS, name) == found


@pytest.mark.parametrize("name", ["0", "4", "1,9", "a dragon", "a", "1, a horse", "", ",", "9" * 5000])
def test_one_that_is_not_there_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(BadInputError) as caught:
        regions_named(CANVAS, name)
    assert "2 'A horse.'" in caught.value.hint


def test_pixels_are_those_whose_centre_is_in_a_cell() -> None:
    mask = replace(PLAIN, free_rect=Rect(0, 2, 0, 2), mask=Mask(2, (0b01, 0b10)))
    found = pixels_of((mask, replace(PLAIN, free_rect=Rect(89, 90, 45, 90))), 180, 90)
    expected = np.zeros((90, 180), bool)
    expected[0, :2] = expected[1, 2:4] = expected[89, 90:] = True
    assert np.array_equal(found, expected)


def test_a_place_in_pixels() -> None:
    assert box_of(Rect(0, 90, 0, 60), 768, 512) == (0, 0, 512, 512)
    assert box_of(Rect(89, 90, 89, 90), 8, 8) == (7, 7, 8, 8)


boxes = st.tuples(*[st.integers(0, 59)] * 4).map(
    lambda sides: (min(sides[:2]), min(sides[2:]), max(sides[:2]) + 1, max(sides[2:]) + 1)
)


@given(boxes, st.permutations([KNIGHT, HORSE, HORSEMAN]))
def test_a_box_is_the_regions_that_most_of_its_pixels_are_of(
    box: tuple[int, int, int, int], regions: list[Region]
) -> None:
    owners: dict[str, int] = {}
    for y in range(box[1], box[3]):
        for x in range(box[0], box[2]):
            at = Rect(*(cell := (2 * y + 1) * GRID // 120, cell + 1), *(cell := (2 * x + 1) * GRID // 120, cell + 1))
            over = [each for each in Canvas("", regions=tuple(regions)).far_to_near() if each.rect.shared(at)]
            name = over[-1].description if over else ""
            owners[name] = owners.get(name, 0) + 1
    found = owner_of(Canvas("", regions=tuple(regions)), box, 60, 60)
    assert owners[found.description if found else ""] == max(owners.values())


def test_where_most_is_nobodys_there_is_no_owner() -> None:
    canvas = Canvas("", regions=(HORSEMAN,))
    assert owner_of(canvas, (0, 0, 9, 9), 90, 90) == HORSEMAN
    assert owner_of(canvas, (0, 0, 30, 30), 90, 90) is None
    assert owner_of(canvas, (200, 200, 210, 210), 90, 90) is None
    assert owner_of(Canvas("a field"), (0, 0, 9, 9), 90, 90) is None
