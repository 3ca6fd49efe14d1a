"""A region's mask: its code, its place within the rectangle, and what is painted of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.canvas import GRID, Canvas, Mask, Rect, Region, canvas_to_json, depth_map, draft_grid, parse_reply
from lib_omost.canvas.cells import array_of, cells_of, rows_of
from lib_omost.canvas.mask import MAX_CODE, cut_out, read_mask, write_mask
from lib_omost.canvas.read import read_canvas
from lib_omost.compose.apply import apply_edits
from lib_omost.compose.edit import Move, Nudge, Recolor, Resize, Targets

RING = Mask(3, (0b111, 0b101, 0b111))
L = Mask(30, (*(0b111,) * 30, *((1 << 30) - 1,) * 10))  # 30 wide and 40 high


def at(rect: tuple[int, int, int, int], mask: Mask | None, far: float = 2.0) -> Region:
    words = ("in the center", "no offset", "a small square area")
    return Region(*words, far, "A cat.", color_name="red", free_rect=Rect(*rect), mask=mask)


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    width, height = draw(st.integers(1, GRID)), draw(st.integers(1, GRID))
    seed = draw(st.integers(0, 2**32 - 1))
    filled = draw(st.sampled_from([0.02, 0.5, 1.0]))
    found = cut_out(rows_of(np.random.default_rng(seed).random((height, width)) < filled))
    return found[0] if found else Mask(width, ((1 << width) - 1,) * height)


@given(masks())
@settings(deadline=None)
def test_the_code_holds_every_mask_in_few_letters(mask: Mask) -> None:
    code = write_mask(mask)
    assert read_mask(code) == mask
    assert len(code) <= MAX_CODE
    assert code.isascii()
    assert code.isprintable()


def test_what_people_paint_is_short() -> None:
    y, x = np.mgrid[:60, :60] - 29.5
    ring = cut_out(rows_of((np.hypot(y, x) <= 30) & (np.hypot(y, x) > 18)))
    assert ring is not None
    assert len(write_mask(ring[0])) < 300
    assert write_mask(L) == "30x40 j179i59"
    assert write_mask(RING) == "3x3 rn"
    assert read_mask("3x3 rn") == RING


@pytest.mark.parametrize(
    "code",
    [
        "",
        "3x3",
        "3x3 ",
        "3x3 r",  # too few
        "3x3 rnb",
        "3x3 r9999",
        "3x3 2",  # nothing at all
        "3x3 aa",
        "3x3 rn ",
        "03x3 rn",
        "3x3 r\n",
        "91x3 c54",
        "0x0 b",
        "99x99 b1960",
        "3x3 rF",  # cells behind the last one
        "4x1 d",  # an empty column at its side
        "3x3 rn" * 4000,
        "3x3 " + "9" * 100_000,
        "²x3 rn",
    ],
)
def test_what_is_no_code_is_refused_and_costs_no_region(code: str, local_call: Callable[..., str]) -> None:
    with pytest.raises(ValueError, match=r"^mask "):
        read_mask(code)
    line = " ".join(code.split())
    reply = parse_reply(f"canvas = Canvas()\n{local_call()}# Mask: {line}\n")
    (region,) = reply.require_canvas().regions
    fits = line == "3x3 rn"  # what a line cannot hold is not the code's fault
    assert region.mask == (RING if fits else None)
    assert fits or any("Mask" in problem.message and problem.line > 1 for problem in reply.problems)
    assert all(len(problem.message) < 200 for problem in reply.problems)


@given(st.text(max_size=60) | st.from_regex(r"[1-9]{1,2}x[1-9]{1,2} [b-zA-F0-9]{1,40}", fullmatch=True))
def test_any_text_is_a_mask_or_refused(text: str) -> None:
    try:
        mask = read_mask(text)
    except ValueError:
        return
    assert read_mask(write_mask(mask)) == mask


@pytest.mark.parametrize(
    ("width", "rows", "fault"),
    [
        (3, [7], TypeError),
        (True, (1,), TypeError),
        (3, (7.0,), TypeError),
        (3, (), ValueError),
        (0, (0,), ValueError),
        (91, ((1 << 91) - 1,), ValueError),
        (2, (7,), ValueError),
        (2, (-1,), ValueError),
        (3, (0, 7), ValueError),
        (3, (3, 3), ValueError),
    ],
)
def test_a_mask_is_as_large_as_its_shape(width: Any, rows: Any, fault: type[Exception]) -> None:
    with pytest.raises(fault, match=r"^mask "):
        Mask(width, rows)


@given(masks(), st.integers(1, GRID), st.integers(1, GRID), st.integers(0, GRID), st.integers(0, GRID))
@settings(deadline=None, max_examples=60)
def test_it_is_stretched_over_the_rectangle_cell_by_cell(mask: Mask, width: int, height: int, y: int, x: int) -> None:
    top, left = min(y, GRID - height), min(x, GRID - width)
    region = at((top, top + height, left, left + width), mask)
    given_cells = array_of(mask.rows)[:, : mask.width]
    naive = np.zeros((GRID, GRID), bool)
    for row in range(height):
        for column in range(width):
            under = (row + 0.5) * mask.height / height, (column + 0.5) * mask.width / width
            naive[top + row, left + column] = given_cells[math.floor(under[0]), math.floor(under[1])]
    if not naive.any():
        naive[top : top + height, left : left + width] = True  # too small to hold the shape
    ours = np.zeros((GRID, GRID), bool)
    ours[cells_of(region)] = True
    assert np.array_equal(ours, naive)
    assert region.size == naive.sum()
    if (width, height) == (mask.width, mask.height):
        assert region.cells is None or cut_out(region.cells) == (mask, region.rect)


def test_a_mask_that_fills_its_rectangle_is_the_rectangle() -> None:
    assert at((10, 50, 20, 40), Mask(2, (3, 3))).cells is None
    assert cut_out([0] * GRID) is None


def test_draft_and_depth_map_paint_its_cells_alone() -> None:
    whole = Canvas("", color_name="white", regions=(at((10, 50, 20, 50), None),))
    masked = replace(whole, regions=(at((10, 50, 20, 50), L),))
    for paint in (draft_grid, lambda canvas: depth_map(canvas, GRID, GRID)):
        plain, ours = paint(whole), paint(masked)
        inside = np.zeros((GRID, GRID), bool)
        inside[10:50, 20:23] = inside[40:50, 20:50] = True
        assert np.array_equal(ours[inside], plain[inside])
        assert np.array_equal(
            np.unique(ours[~inside], axis=0), np.unique(plain[60:].reshape(-1, *plain.shape[2:]), axis=0)
        )
    square = replace(whole, regions=(at((10, 50, 20, 50), Mask(1, (1,))),))
    assert np.array_equal(draft_grid(square), draft_grid(whole))


def test_code_json_and_the_line_below_a_picture_hold_it() -> None:
    canvas = Canvas("", regions=(at((10, 50, 20, 50), L),))
    data = canvas_to_json(canvas)
    assert data["regions"][0]["mask"] == write_mask(L)
    for field in ("2x2 rr", 3, ["3x3 rn"]):
        data["regions"][0]["mask"] = field
        reply = read_canvas(repr(data).replace("'", '"').replace("None", "null"))
        assert reply.require_canvas().regions[0].mask is None
        assert any("mask" in problem.message for problem in reply.problems)


def test_edits_move_and_stretch_it_with_its_region() -> None:
    canvas = Canvas("", regions=(at((10, 50, 20, 50), L),))
    cat = Targets(("cat",))

    def after(edit: Any) -> Region:
        return apply_edits(canvas, [edit]).canvas.regions[0]

    before = np.zeros((GRID, GRID), bool)
    before[cells_of(canvas.regions[0])] = True
    assert after(Recolor(cat, "blue")).cells == canvas.regions[0].cells
    nudged = after(Nudge(cat, "right"))
    assert nudged.mask == L
    moved = np.zeros((GRID, GRID), bool)
    moved[cells_of(nudged)] = True
    assert np.array_equal(moved[:, 25:], before[:, :-25])
    for edit in (Move(cat, place="top"), Resize(cat, "larger"), Resize(cat, "small")):
        region = after(edit)
        height, width = region.rect.bottom - region.rect.top, region.rect.right - region.rect.left
        assert region.mask == L
        assert abs(region.size / (height * width) - L.area / (30 * 40)) < 0.05  # as much of its rectangle as before
