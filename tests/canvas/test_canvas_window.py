"""A canvas on a part of its picture, or on a larger one: points keep their regions, whatever is cut."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lib_omost.canvas import GRID, Canvas, Mask, Rect, Region
from lib_omost.canvas.model import MAX_EDGE
from lib_omost.canvas.window import Window, seen_through, window_around

PLAIN = Region("in the center", "no offset", "a large square area", 1.0, "")
SPAN = 1e-6
SHARES = st.floats(0, 1, exclude_max=True)  # of a window's side, whose end is the next cell's


def rects() -> st.SearchStrategy[Rect]:
    def made(sides: tuple[int, int, int, int]) -> Rect:
        one, two, three, four = sides
        return Rect(min(one, two), max(one, two), min(three, four), max(three, four))

    cell = st.integers(0, GRID)
    return st.tuples(cell, cell, cell, cell).map(made).filter(lambda rect: rect.cells > 0)


@st.composite
def windows(draw: st.DrawFn, *, low: float = -200.0, high: float = 290.0) -> Window:
    """Parts of a picture, at least a cell wide, and pictures around it."""
    sides = []
    for _ in range(2):
        first, last = sorted((draw(st.floats(low, high)), draw(st.floats(low, high))))
        assume(last - first >= 1)
        sides += [first, last]
    return Window(*sides)


@given(rects(), windows(), SHARES, SHARES)
def test_a_point_half_a_cell_from_every_side_is_of_the_same_region_before_and_after(
    rect: Rect, window: Window, down: float, across: float
) -> None:
    y, x = (start + (stop - start) * share for start, stop, share in ((*window[:2], down), (*window[2:], across)))
    (zoom_y, zoom_x) = window.zoom
    near = min(
        *(abs(y - side) * zoom_y for side in rect[:2]),
        *(abs(x - side) * zoom_x for side in rect[2:]),
    )
    assume(near > 0.5 + SPAN)
    assume(not kept_as_one_cell(rect, window))
    before = rect.top <= y < rect.bottom and rect.left <= x < rect.right
    seen = seen_through(Canvas("", regions=(replace(PLAIN, free_rect=rect),)), window)
    after = any(
        each.rect.top <= down * GRID < each.rect.bottom and each.rect.left <= across * GRID < each.rect.right
        for each in seen.regions
    )
    assert before is after


def kept_as_one_cell(rect: Rect, window: Window) -> bool:
    """Whether a region is too small for the window's grid on an axis, where a cell is kept for it."""
    zoom_y, zoom_x = window.zoom
    return (rect.bottom - rect.top) * zoom_y < 1 or (rect.right - rect.left) * zoom_x < 1


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    """Blocks of a grid, whose sides all have a cell."""
    width, height = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    rows = [draw(st.integers(0, (1 << width) - 1)) for _ in range(height)]
    rows[0] |= 1
    rows[-1] |= 1 << (width - 1)
    return Mask(width, tuple(rows))


@given(rects(), masks(), windows(low=0.0, high=90.0), st.integers(0, GRID - 1), st.integers(0, GRID - 1))
def test_within_the_picture_every_cell_of_the_window_is_as_the_cell_below_its_centre(
    rect: Rect, mask: Mask, window: Window, y: int, x: int
) -> None:
    region = replace(PLAIN, free_rect=rect, mask=mask)
    assume(region.cells is not None)
    zoom_y, zoom_x = window.zoom
    source_y, source_x = window.top + (y + 0.5) / zoom_y, window.left + (x + 0.5) / zoom_x
    before = bool(region.cells[math.floor(source_y)] >> math.floor(source_x) & 1)
    seen = seen_through(Canvas("", regions=(region,)), window)
    assert len(seen.regions) <= 1
    after = [bool(cells_of(each)[y] >> x & 1) for each in seen.regions]
    if any(after) is not before:  # a shape of less than a cell keeps one
        assert len(seen.regions) == 1
        assert not before
        assert region.size * zoom_y * zoom_x < GRID


def cells_of(region: Region) -> tuple[int, ...]:
    if region.cells is not None:
        return region.cells
    top, bottom, left, right = region.rect
    row = (1 << right) - (1 << left)
    return tuple(row if top <= y < bottom else 0 for y in range(GRID))


@given(rects())
def test_the_whole_grid_shows_the_canvas_as_it_is(rect: Rect) -> None:
    region = replace(PLAIN, free_rect=rect, edge=3.0)
    (seen,) = seen_through(Canvas("", regions=(region,)), Window(0, GRID, 0, GRID)).regions
    assert (seen.rect, seen.edge, seen.mask) == (rect, 3.0, None)


@given(rects(), rects())
def test_on_a_larger_picture_every_region_lies_in_the_old_ones_place(rect: Rect, place: Rect) -> None:
    window = window_around(place)
    (seen,) = seen_through(Canvas("", regions=(replace(PLAIN, free_rect=rect),)), window).regions
    within = seen.rect.shared(place)
    assert within == seen.rect.cells or place.cells < GRID  # a cell that is kept may lie at the place's side
    corner = window_around(place)
    assert corner.top == pytest.approx(-place.top * GRID / (place.bottom - place.top))
    sides = zip(rect[:2], seen.rect[:2], strict=True)
    for before, after in sides:
        exact = place.top + before * (place.bottom - place.top) / GRID
        assert abs(after - exact) <= 1


def test_what_the_window_cuts_off_is_left_out_and_order_and_words_stay() -> None:
    left, right = (
        replace(PLAIN, free_rect=Rect(0, 90, side, side + 30), description=name, loras=())
        for side, name in ((0, "left"), (60, "right"))
    )
    seen = seen_through(Canvas("a room", absent=("people",), regions=(right, left)), Window(30, 60, 51, 90))
    assert [region.description for region in seen.regions] == ["right"]
    assert seen.regions[0].rect == Rect(0, 90, 21, 90)
    assert (seen.description, seen.absent) == ("a room", ("people",))


def test_an_edge_is_as_wide_in_the_picture_and_has_its_greatest_width() -> None:
    region = replace(PLAIN, free_rect=Rect(40, 50, 40, 50), edge=2.0)
    (seen,) = seen_through(Canvas("", regions=(region,)), Window(30, 60, 30, 60)).regions
    assert seen.edge == pytest.approx(6.0)
    (seen,) = seen_through(Canvas("", regions=(region,)), Window(44, 46, 44, 46)).regions
    assert seen.edge == MAX_EDGE


def test_a_mask_is_not_worn_by_a_larger_picture_and_its_way_back() -> None:
    mask = Mask(5, (0b00100, 0b01110, 0b11111))
    canvas = Canvas("", regions=(replace(PLAIN, free_rect=Rect(10, 40, 20, 70), mask=mask),))
    place = Rect(0, 90, 0, 60)
    larger = seen_through(canvas, window_around(place))
    assert larger.regions[0].mask == mask
    (back,) = seen_through(larger, Window(*map(float, place))).regions
    assert all(abs(one - other) <= 1 for one, other in zip(back.rect, (10, 40, 20, 70), strict=True))
    assert sum(map(int.bit_count, back.cells or ())) == pytest.approx(canvas.regions[0].size, rel=0.1)
