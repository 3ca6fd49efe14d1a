"""The draft is painted as the readme says; blurring and resizing agree with plain loops."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lib_omost.canvas import GRID, Canvas, Region, draft_grid, draft_image, parse_canvas
from lib_omost.canvas.draft import _box_blur, _interpolation

RED = Region("on the left", "no offset", "a small square area", 9.0, "", color_name="red")
BLUE = Region("in the center", "no offset", "a large square area", 2.0, "", color_name="blue")
TWO = Canvas("", color_name="gray", regions=(BLUE, RED))


def is_in(region: Region, row: int, column: int) -> bool:
    top, bottom, left, right = region.rect
    within = top <= row < bottom and left <= column < right
    return within and (region.cells is None or bool(region.cells[row] >> column & 1))


@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_each_cell_is_its_stack_of_layers(data: st.DataObject, canvases: st.SearchStrategy[Canvas]) -> None:
    canvas = data.draw(canvases)
    grid = draft_grid(canvas)
    assert grid.shape == (GRID, GRID, 3)
    assert grid.dtype == np.uint8
    rows, columns = np.random.default_rng(0).integers(0, GRID, (2, 40))
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        color = [float(channel) for channel in canvas.rgb]
        for region in sorted(canvas.regions, key=lambda region: -region.distance_to_viewer):
            if is_in(region, row, column):
                color = [0.7 * new + 0.3 * old for new, old in zip(region.rgb, color, strict=True)]
        assert np.abs(grid[row, column] - np.floor(color)).max() <= 1  # truncation of float32


def test_a_known_draft() -> None:
    grid = draft_grid(TWO)
    assert grid[0, 0].tolist() == [128, 128, 128]
    assert grid[45, 5].tolist() == [216, 38, 38]  # 0.7 · 255 + 0.3 · 128 = 216.9; 0.3 · 128 = 38.4
    assert grid[45, 80 - 1].tolist() == [38, 38, 216]
    assert grid[45, 20].tolist() == [65, 11, 190]  # red below blue: 0.3 · 216.9; 0.3 · 38.4; 178.5 + 11.52


def test_the_dragon_draft_has_its_colors_where_they_belong(dragon_reply: str) -> None:
    grid = draft_grid(parse_canvas(dragon_reply)).astype(int)
    assert grid[1, 85].tolist() == [31, 41, 102]  # 0.7 × midnightblue + 0.3 × darkslategray
    assert grid[45, 45, 0] > grid[45, 45, 2] + 10  # a firebrick dragon behind the warriors' gold
    assert grid.shape == (GRID, GRID, 3)


def naive_blur(grid: NDArray[np.uint8]) -> NDArray[np.float64]:
    padded = np.pad(grid.astype(np.float64), ((40, 40), (40, 40), (0, 0)), mode="reflect")
    return np.array([[padded[y : y + 81, x : x + 81].mean(axis=(0, 1)) for x in range(GRID)] for y in range(GRID)])


def naive_bilinear(cells: NDArray[np.float64], width: int, height: int) -> NDArray[np.float64]:
    picture = np.empty((height, width, 3))
    for row in range(height):
        for column in range(width):
            y = min(max((row + 0.5) / height * GRID - 0.5, 0), GRID - 1)
            x = min(max((column + 0.5) / width * GRID - 0.5, 0), GRID - 1)
            y0, x0 = int(y), int(x)
            y1, x1 = min(y0 + 1, GRID - 1), min(x0 + 1, GRID - 1)
            above = cells[y0, x0] * (1 - (x - x0)) + cells[y0, x1] * (x - x0)
            under = cells[y1, x0] * (1 - (x - x0)) + cells[y1, x1] * (x - x0)
            picture[row, column] = above * (1 - (y - y0)) + under * (y - y0)
    return picture


@pytest.mark.parametrize(("width", "height"), [(128, 128), (120, 72), (31, 90), (1, 1), (89, 7)])
def test_the_blurred_draft_equals_plain_loops(width: int, height: int) -> None:
    wanted = naive_bilinear(naive_blur(draft_grid(TWO)), width, height)
    picture = draft_image(TWO, width, height, blurred=True)
    assert picture.shape == (height, width, 3)
    assert picture.dtype == np.uint8
    assert np.abs(picture - wanted).max() <= 0.5 + 1e-6  # rounded once


@pytest.mark.parametrize(("width", "height"), [(90, 90), (180, 90), (1152, 896), (7, 3), (1, 1)])
def test_the_sharp_draft_shows_the_cell_below_each_pixels_centre(width: int, height: int) -> None:
    grid = draft_grid(TWO)
    picture = draft_image(TWO, width, height, blurred=False)
    assert picture.shape == (height, width, 3)
    for row in {0, height // 3, height // 2, height - 1}:
        for column in {0, width // 3, width // 2, width - 1}:
            cell = grid[int((row + 0.5) / height * GRID), int((column + 0.5) / width * GRID)]
            assert picture[row, column].tolist() == cell.tolist()


def at_once(canvas: Canvas, width: int, height: int) -> NDArray[np.float64]:
    """The blurred draft without strips, before it is rounded."""
    axes = [_interpolation(pixels) @ _box_blur() for pixels in (height, width)]
    return np.einsum("hy,yxc,wx->hwc", axes[0], draft_grid(canvas).astype(np.float64), axes[1], optimize=True)


@pytest.mark.parametrize(("width", "height"), [(896, 1152), (512, 512), (64, 2048), (123, 129), (65, 64), (1, 63)])
@given(data=st.data())
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_strips_make_the_same_picture_but_for_ties(
    data: st.DataObject, canvases: st.SearchStrategy[Canvas], width: int, height: int
) -> None:
    canvas = data.draw(canvases)
    whole = at_once(canvas, width, height)
    picture = draft_image(canvas, width, height, blurred=True)
    assert np.abs(picture - whole).max() < 0.5 + 1e-9  # a tie is rounded up or down by its last bits
    assert picture.dtype == np.uint8


@pytest.mark.parametrize("blurred", [False, True])
def test_a_large_draft_takes_little_more_memory_than_its_picture(blurred: bool) -> None:
    draft_image(TWO, 8, 8, blurred=blurred)  # NumPy's own
    tracemalloc.start()
    picture = draft_image(TWO, 2048, 3072, blurred=blurred)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < picture.nbytes + 16 * 2**20


def test_one_color_stays_that_color() -> None:
    picture = draft_image(Canvas("", color_name="tomato"), 64, 48, blurred=True)
    assert np.unique(picture.reshape(-1, 3), axis=0).tolist() == [[255, 99, 71]]


@pytest.mark.parametrize(("width", "height"), [(0, 64), (64, -1), (8193, 64), (64, 10**9)])
def test_a_size_that_is_none_or_endless_is_refused(width: int, height: int) -> None:
    with pytest.raises(ValueError, match="cannot be drawn"):
        draft_image(TWO, width, height, blurred=False)
