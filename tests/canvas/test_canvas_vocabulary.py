"""The tables hold what the Omost models were trained with."""

from __future__ import annotations

import webcolors

from lib_omost.canvas import AREAS, COLORS, GRID, LOCATIONS, OFFSETS

# left, center and right of each axis, as the readme's 3 × 3 pictures show them
CENTRES = {"left": 15, "right": 75, "top": 15, "bottom": 75}
SHIFTS = {"left": -10, "right": 10, "upper": -10, "lower": 10}


def test_locations_are_the_centres_of_a_3_by_3_grid() -> None:
    assert len(LOCATIONS) == 9
    for name, (x, y) in LOCATIONS.items():
        words = name.removeprefix("on the ").split("-")
        assert x == next((CENTRES[word] for word in words if word in ("left", "right")), GRID // 2)
        assert y == next((CENTRES[word] for word in words if word in ("top", "bottom")), GRID // 2)


def test_offsets_shift_by_ten_cells() -> None:
    assert len(OFFSETS) == 9
    for name, (dx, dy) in OFFSETS.items():
        words = name.removeprefix("slightly to the ").split("-")
        assert dx == next((SHIFTS[word] for word in words if word in ("left", "right")), 0)
        assert dy == next((SHIFTS[word] for word in words if word in ("upper", "lower")), 0)


def test_areas_have_the_shape_their_name_says() -> None:
    assert len(AREAS) == 9
    for name, (width, height) in AREAS.items():
        assert ("square" in name, "vertical" in name, "horizontal" in name) == (
            width == height,
            width < height,
            width > height,
        )
    assert AREAS["a small square area"] == (50, 50)
    assert AREAS["a medium-sized horizontal area"] == (80, 50)
    assert AREAS["a large vertical area"] == (60, 90)


def test_the_order_is_that_of_the_system_prompt() -> None:
    assert list(LOCATIONS)[:5] == ["in the center", "on the left", "on the right", "on the top", "on the bottom"]
    assert list(OFFSETS)[-1] == "slightly to the lower-right"
    assert list(AREAS)[3:5] == ["a medium-sized square area", "a medium-sized vertical area"]


def test_colors_are_those_of_the_css_library_plus_navyblue() -> None:
    names = set(webcolors.names("css3")) | {"rebeccapurple"}  # CSS 4 added one
    assert set(COLORS) == names | {"navyblue"}
    for name in names - {"rebeccapurple"}:
        assert COLORS[name] == tuple(webcolors.name_to_rgb(name))
    assert COLORS["navyblue"] == COLORS["navy"]
    assert COLORS["rebeccapurple"] == (0x66, 0x33, 0x99)
