"""Rectangles stay in the grid, layers are ordered, and what does not fit is refused by name."""

from __future__ import annotations

import dataclasses
import itertools
import math

import pytest

from lib_omost.canvas import AREAS, GRID, LOCATIONS, OFFSETS, Canvas, Rect, Region
from lib_omost.canvas.limits import MAX_CANVAS_CHARS, MAX_ITEMS, MAX_REGIONS

CAT = Region("on the left", "no offset", "a small square area", 3.0, "A cat.")


@pytest.mark.parametrize(("location", "offset", "area"), list(itertools.product(LOCATIONS, OFFSETS, AREAS)))
def test_every_rectangle_is_the_visible_part_of_the_named_box(location: str, offset: str, area: str) -> None:
    rect = Region(location, offset, area, 1.0, "").rect
    # independent of the formula: count the cells whose centre lies in the box
    x = LOCATIONS[location][0] + OFFSETS[offset][0]
    y = LOCATIONS[location][1] + OFFSETS[offset][1]
    width, height = AREAS[area]
    rows = [row for row in range(GRID) if abs(row + 0.5 - y) < height / 2]
    columns = [column for column in range(GRID) if abs(column + 0.5 - x) < width / 2]
    assert rows == list(range(rect.top, rect.bottom))
    assert columns == list(range(rect.left, rect.right))
    assert rows
    assert columns


def test_a_known_rectangle() -> None:
    region = Region("on the bottom-right", "slightly to the upper", "a medium-sized vertical area", 1.0, "")
    assert region.rect == Rect(top=25, bottom=90, left=50, right=90)


def test_layers_go_from_far_to_near_and_keep_their_order_when_equally_far() -> None:
    names = ("b", 5.0), ("a", 9.0), ("c", 5.0), ("d", 0.5)
    canvas = Canvas("", regions=tuple(dataclasses.replace(CAT, description=n, distance_to_viewer=d) for n, d in names))
    assert [region.description for region in canvas.far_to_near()] == ["a", "b", "c", "d"]
    assert [region.description for region in canvas.regions] == ["b", "a", "c", "d"]


def test_colors_are_read_from_their_name() -> None:
    assert dataclasses.replace(CAT, color_name="firebrick").rgb == (178, 34, 34)
    assert Canvas("", color_name="navyblue").rgb == (0, 0, 128)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("location", "somewhere"),
        ("location", ["on the left"]),
        ("offset", "on the left"),
        ("area", ""),
        ("color_name", "Red"),
        ("distance_to_viewer", 0),
        ("distance_to_viewer", -1.5),
        ("distance_to_viewer", math.nan),
        ("distance_to_viewer", math.inf),
        ("distance_to_viewer", True),
        ("distance_to_viewer", "5.0"),
        ("description", None),
        ("tags", "half a pair: \ud83d"),
        ("detailed_descriptions", ["a list"]),
        ("detailed_descriptions", ("fine", 5)),
        ("detailed_descriptions", ("x",) * (MAX_ITEMS + 1)),
    ],
)
def test_a_region_refuses_what_does_not_fit_by_name(field: str, value: object) -> None:
    with pytest.raises((ValueError, TypeError), match=f"^{field}"):
        dataclasses.replace(CAT, **{field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("description", b"bytes"),
        ("color_name", "transparent"),
        ("tags", 5),
        ("regions", [CAT]),
        ("regions", ("a cat",)),
        ("regions", (CAT,) * (MAX_REGIONS + 1)),
        ("description", "x" * (MAX_CANVAS_CHARS + 1)),
    ],
)
def test_a_canvas_refuses_what_does_not_fit_by_name(field: str, value: object) -> None:
    with pytest.raises((ValueError, TypeError), match=f"^{field}"):
        Canvas(**{"description": "A sky.", field: value})  # type: ignore[arg-type]


def test_the_size_limit_counts_every_text() -> None:
    quarter = "x" * (MAX_CANVAS_CHARS // 4)
    near = dataclasses.replace(CAT, description=quarter, quality_meta=quarter)
    assert Canvas(quarter, tags=quarter, regions=(near,)).regions == (near,)
    with pytest.raises(ValueError, match="at most"):
        Canvas(quarter, tags=quarter, detailed_descriptions=("y",), regions=(near,))
