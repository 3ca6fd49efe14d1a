"""Where a LoRA holds: the pixels of attention's own masks, or a slope of the chosen width."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.layout import place
from lib_omost.attention.places import place_on
from lib_omost.loras.run import Patch


@st.composite
def rects(draw: st.DrawFn) -> tuple[int, int, int, int]:
    top, bottom = sorted(draw(st.lists(st.integers(0, 90), min_size=2, max_size=2, unique=True)))
    left, right = sorted(draw(st.lists(st.integers(0, 90), min_size=2, max_size=2, unique=True)))
    return top, bottom, left, right


@settings(deadline=None)
@given(rects(), st.integers(1, 16), st.integers(1, 16))
def test_a_hard_edge_is_that_of_attention(rect: tuple[int, int, int, int], height: int, width: int) -> None:
    spans = (Span(0, 1, (0, 90, 0, 90)), Span(1, 2, rect))
    found = place_on(rect, 0.0, height, width)
    assert found.box == place(RegionalContext(torch.zeros(2, 1), spans), height, width).spans[1].box
    assert found.weights is None


@settings(deadline=None)
@given(rects(), st.floats(0.5, 45), st.integers(1, 16), st.integers(1, 16))
def test_a_soft_edge_is_the_slope_that_was_asked_for(
    rect: tuple[int, int, int, int], edge: float, height: int, width: int
) -> None:
    naive = torch.zeros(height, width, dtype=torch.float64)
    top, bottom, left, right = rect
    for row in range(height):
        for column in range(width):
            y, x = (row + 0.5) * 90 / height, (column + 0.5) * 90 / width
            sides = [y - top] * (top > 0) + [bottom - y] * (bottom < 90) + [x - left] * (left > 0)
            sides += [right - x] * (right < 90)
            naive[row, column] = min([1.0, *(max(0.0, 0.5 + side / edge) for side in sides)])
    found = place_on(rect, edge, height, width)
    ours = torch.zeros(height, width)
    ours[found.box.slices] = torch.ones(()) if found.weights is None else found.weights
    if bool((naive.float() > 0).any()):
        assert torch.allclose(ours.double(), naive, atol=1e-5)
    else:
        assert int(ours.sum()) >= 1  # a region is never lost


def test_the_picture_s_border_is_no_edge() -> None:
    found = place_on((0, 90, 0, 45), 10.0, 9, 18)
    assert found.weights is not None
    assert torch.equal(found.weights[:, 0], torch.ones(9))
    assert 0 < float(found.weights[0, -1]) < 0.5


def test_a_layer_without_pixels_is_none() -> None:
    with pytest.raises(ValueError, match="pixel"):
        place_on((0, 90, 0, 90), 0.0, 0, 4)


def test_a_patch_lies_within_another_by_its_cells() -> None:
    left, right = (1 << 45) - 1, (1 << 90) - (1 << 45)
    whole, half = Patch((0, 90, 0, 90), 0, {}), Patch((0, 90, 0, 45), 0, {})
    shape = Patch((0, 90, 0, 90), 0, {}, (*(left,) * 80, *(left | right,) * 10))
    assert (whole.area, half.area, shape.area) == (8100, 4050, 4500)
    assert whole.covers(shape)
    assert shape.covers(half)
    assert not half.covers(shape)
    assert not shape.covers(whole)
    assert shape.covers(shape)
    assert not shape.covers(Patch((70, 90, 0, 90), 0, {}))
