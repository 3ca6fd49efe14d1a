"""Rectangles of the grid land on the pixels that nearest-exact interpolation of their mask gives."""

from __future__ import annotations

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch.nn.functional import interpolate

from lib_omost.attention.layout import layer_size, place
from lib_omost.attention.masks import ALIGNMENT, attention_bias, span_masks

WHOLE = (0, 90, 0, 90)
SIDES = st.one_of(st.integers(1, 40), st.sampled_from([64, 90, 91, 96, 128, 180, 255]))
INTERVALS = st.tuples(st.integers(0, 89), st.integers(1, 90)).filter(lambda ends: ends[0] < ends[1])


@given(rows=INTERVALS, columns=INTERVALS, height=SIDES, width=SIDES)
@settings(max_examples=200, deadline=None)
@example(rows=(44, 45), columns=(0, 90), height=64, width=64)
def test_a_rectangle_lands_where_nearest_exact_puts_its_mask(make_context, rows, columns, height, width) -> None:
    grid = torch.zeros(1, 1, 90, 90)
    grid[..., slice(*rows), slice(*columns)] = 1
    resized = interpolate(grid, size=(height, width), mode="nearest-exact")[0, 0] > 0.5
    mask = span_masks(place(make_context([WHOLE, (*rows, *columns)], [1, 1]), height, width))[1]
    assert mask.any()
    if resized.any():
        assert torch.equal(mask, resized)


@given(rows=INTERVALS, columns=INTERVALS, height=st.integers(1, 9), width=st.integers(1, 9))
@settings(max_examples=200, deadline=None)
def test_what_would_vanish_keeps_the_pixels_nearest_its_centre(
    make_context, reference_mask, rows, columns, height, width
) -> None:
    mask = span_masks(place(make_context([WHOLE, (*rows, *columns)], [1, 1]), height, width))[1]
    assert torch.equal(mask, reference_mask((*rows, *columns), height, width))


@pytest.mark.parametrize(
    ("rect", "pixels"),
    [
        ((0, 1, 0, 1), [(0, 0)]),
        ((89, 90, 89, 90), [(3, 3)]),
        ((43, 44, 46, 47), [(1, 2)]),
        ((44, 46, 44, 46), [(2, 2)]),  # its centre is a corner of four pixels: the later one
        ((0, 1, 0, 90), [(0, 0), (0, 1), (0, 2), (0, 3)]),
    ],
)
def test_the_pixels_that_tiny_rectangles_keep_on_four_by_four(make_context, rect, pixels) -> None:
    mask = span_masks(place(make_context([WHOLE, rect], [1, 1]), 4, 4))[1]
    assert [tuple(pixel) for pixel in mask.nonzero().tolist()] == pixels


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_groups_part_the_layer_by_what_pixels_see(problems, data) -> None:
    problem = data.draw(problems)
    layout = place(problem.context, problem.height, problem.width)
    masks = span_masks(layout).flatten(1)
    found = torch.zeros(layout.height, layout.width, dtype=torch.int64)
    for group in layout.groups:
        sees = torch.tensor([span in group.spans for span in layout.spans])
        for box in group.boxes:
            found[box.slices] += 1
            inside = masks.unflatten(1, found.shape)[:, box.top : box.bottom, box.left : box.right]
            assert (inside == sees[:, None, None]).all()
    assert (found == 1).all()
    assert len({group.spans for group in layout.groups}) == len(layout.groups)
    assert sum(group.pixels * group.tokens for group in layout.groups) == layout.pairs


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_the_bias_forbids_just_what_is_not_seen(problems, data) -> None:
    problem = data.draw(problems)
    layout = place(problem.context, problem.height, problem.width)
    bias = attention_bias(layout, torch.device("cpu"), torch.float32)
    tokens = torch.tensor([span.tokens for span in layout.spans])
    seen = span_masks(layout).flatten(1).T.repeat_interleave(tokens, dim=1)
    assert torch.equal(bias == 0, seen)
    assert torch.equal(bias == float("-inf"), ~seen)
    assert bias.stride(0) % ALIGNMENT == 0


def test_a_layer_without_pixels_is_refused(dragon) -> None:
    with pytest.raises(ValueError, match="0 × 4"):
        place(dragon, 0, 4)


@pytest.mark.parametrize(
    ("latent", "pixels", "size"),
    [
        ((128, 128), 4096, (64, 64)),
        ((128, 128), 1024, (32, 32)),
        ((16, 16), 256, (16, 16)),
        ((128, 227), 64 * 114, (64, 114)),
        ((128, 227), 32 * 57, (32, 57)),
        ((128, 227), 16 * 29, (16, 29)),
        ((1, 1), 1, (1, 1)),
        ((1, 9), 1, (1, 1)),
    ],
)
def test_a_layer_is_known_by_its_pixels(latent, pixels, size) -> None:
    assert layer_size(*latent, pixels) == size


@given(height=st.integers(16, 300), width=st.integers(16, 300), factor=st.sampled_from([1.25, 1.5, 3.0]))
def test_a_layer_that_was_shrunk_by_another_factor_keeps_the_latents_proportion(height, width, factor) -> None:
    shrunk = round(height / factor), round(width / factor)
    found = layer_size(height, width, shrunk[0] * shrunk[1])
    assert found[0] * found[1] == shrunk[0] * shrunk[1]
    assert abs(min(found) - min(shrunk)) <= 1


@pytest.mark.parametrize("pixels", [0, 77, 5000, 16385])
def test_pixels_that_fit_no_resolution_are_refused(pixels) -> None:
    with pytest.raises(ValueError, match="no resolution of a 128 × 128 latent"):
        layer_size(128, 128, pixels)


@given(height=st.integers(1, 300), width=st.integers(1, 300), halvings=st.integers(0, 5))
def test_layer_size_undoes_the_halving(height, width, halvings) -> None:
    layer = height, width
    for _ in range(halvings):
        layer = -(-layer[0] // 2), -(-layer[1] // 2)
    assert layer_size(height, width, layer[0] * layer[1]) == layer
