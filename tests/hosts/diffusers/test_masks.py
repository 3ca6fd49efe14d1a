"""Pictures by the mini checkpoint: regions with masks, inside them and outside."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lib_omost.canvas import GRID, Canvas, Mask, Rect, Region, parse_canvas, write_canvas
from lib_omost.canvas.cells import cells_of
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import RenderSettings
from tests.hosts.conftest import hooks_of

SETTINGS = RenderSettings(steps=8, seed=3, cfg=5.0)
L = Mask(16, (*(0b11111,) * 11, *((1 << 16) - 1,) * 5))  # stretched over its box: 25 cells wide, 25 high
FULL = Mask(1, (1,))
BOX = Rect(5, 85, 5, 85)


def canvas_with(**fields: Any) -> Canvas:
    words = ("in the center", "no offset", "a large square area")
    region = Region(*words, 2.0, "A red circle.", color_name="red", free_rect=BOX)
    return Canvas("A blue background.", color_name="blue", regions=(replace(region, **fields),))


def drawn(mini: Any, canvas: Canvas, **settings: Any) -> np.ndarray:
    """(128, 128, 3)."""
    return np.asarray(render(mini, canvas, replace(SETTINGS, **settings)).images[0], float)


def redness(picture: np.ndarray) -> tuple[float, float]:
    """Red less blue, the mean over the L's pixels and over the others of its box."""
    inside = np.zeros((GRID, GRID), bool)
    inside[cells_of(canvas_with(mask=L).regions[0])] = True
    around = np.zeros((GRID, GRID), bool)
    around[5:85, 5:85] = True
    cells = (np.arange(len(picture)) * 2 + 1) * GRID // (2 * len(picture))
    red = picture[..., 0] - picture[..., 2]
    return tuple(float(red[mask[cells[:, None], cells]].mean()) for mask in (inside, around & ~inside))


@pytest.mark.parametrize("method", ["score", "sketch", "decomposition", "layout"])
def test_what_is_painted_is_drawn_there_and_not_in_the_rest_of_its_box(mini: Any, method: str) -> None:
    before = hooks_of(mini.unet)
    box, masked, soft = (
        redness(drawn(mini, canvas_with(**fields), method=method))
        for fields in ({}, {"mask": L}, {"mask": L, "edge": 8.0})
    )
    for inside, outside in (masked, soft):
        assert inside - outside > 25
        assert outside < box[1] - 5
    assert hooks_of(mini.unet) == before


@pytest.mark.parametrize("method", ["score", "sketch", "decomposition", "layout"])
def test_a_mask_of_all_of_its_box_is_the_box_to_the_last_bit(mini: Any, method: str) -> None:
    for fields in ({}, {"edge": 12.0, "weight": 1.5, "negative": "green"}):
        plain, ours = (drawn(mini, canvas_with(**fields, mask=mask), method=method, steps=3) for mask in (None, FULL))
        assert np.array_equal(ours, plain)


def test_negative_words_hold_within_the_mask(mini: Any) -> None:
    """In the left half of its box, which is the whole picture; a column at the right makes it no rectangle."""
    half: dict[str, Any] = {"free_rect": Rect(0, 90, 0, 90), "mask": Mask(90, ((1 << 45) - 1 | 1 << 89,) * 90)}
    square = Region("on the right", "no offset", "a small square area", 3.0, "A blue square.")
    plain, ours = (
        drawn(mini, replace(canvas, description="A white background.", regions=(*canvas.regions, square)), steps=8)
        for canvas in (canvas_with(**half, negative=words) for words in ("", "a red circle"))
    )
    change = np.abs(ours - plain).mean(axis=2)
    assert change[:, :64].mean() > 2
    assert change[:, :64].mean() > 1.5 * change[:, 64:].mean()


def test_a_start_from_the_draft_has_the_mask_s_colours(mini: Any) -> None:
    box, masked = (redness(drawn(mini, canvas_with(mask=mask), method="layout", denoise=0.6)) for mask in (None, L))
    assert masked[0] - masked[1] > box[0] - box[1] + 10


def test_a_method_without_regions_says_that_it_leaves_them_out(mini: Any) -> None:
    rendered = render(mini, canvas_with(mask=L), replace(SETTINGS, steps=2, method="plain"))
    assert "plain has no regions: their masks were left out" in rendered.notes


def test_code_draws_the_same(mini: Any) -> None:
    canvas = canvas_with(mask=L)
    again = parse_canvas(write_canvas(canvas))
    assert np.array_equal(drawn(mini, again, steps=2), drawn(mini, canvas, steps=2))
