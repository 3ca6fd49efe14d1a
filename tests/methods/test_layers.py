"""Layers: drawn in the form of their boxes, cut out, fitted, and laid over each other as the formula has it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lib_omost.canvas import Canvas, Lora, Mask, Rect, Region
from lib_omost.methods.layers import Layers, alone, background_of, box_in, composed, layers_of, placed, seed_of

REGION = Region("in the center", "no offset", "a small square area", 1.0, "A red circle.", negative="a ring")
SIDES = st.tuples(st.integers(0, 89), st.integers(1, 90)).filter(lambda pair: pair[0] < pair[1])
RED, BLUE, CLEAR = (255, 0, 0, 255), (0, 0, 255, 255), (0, 0, 0, 0)


def disc(width: int, height: int, box: tuple[int, int, int, int], color: tuple[int, ...] = RED) -> Image.Image:
    layer = Image.new("RGBA", (width, height), CLEAR)
    layer.paste(color, box)
    return layer


@given(SIDES, SIDES, st.sampled_from([(64, 64), (512, 768), (1024, 1024), (1344, 768)]))
def test_a_layer_has_its_boxs_form_and_the_pictures_area(
    down: tuple[int, int], across: tuple[int, int], size: tuple[int, int]
) -> None:
    region = replace(REGION, free_rect=Rect(*down, *across))
    width, height = Layers().size(region, *size)
    assert width % 64 == height % 64 == 0
    assert min(width, height) >= 64
    _, _, wide, high = box_in(region, *size)
    if min(size) >= 512:
        assert 0.75 < width * height / (size[0] * size[1]) < 1.34
        form = min(2.0, max(0.5, wide / high))
        assert width / height == pytest.approx(form, rel=0.2)


@given(SIDES, SIDES)
def test_what_is_visible_fills_the_box_as_far_as_its_form_goes(down: tuple[int, int], across: tuple[int, int]) -> None:
    region = replace(REGION, free_rect=Rect(*down, *across))
    layer = disc(64, 64, (10, 30, 50, 50))  # 40 × 20
    alpha = np.asarray(placed(layer, region, 360, 180))[..., 3]
    x, y, wide, high = box_in(region, 360, 180)
    outside = alpha.copy()
    outside[y : y + high, x : x + wide] = 0
    assert not outside.any()
    rows, columns = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
    assert len(columns) >= wide - 1 or len(rows) >= high - 1
    if min(wide, high) >= 20:
        assert len(columns) / len(rows) == pytest.approx(2, rel=0.15)


def test_a_layer_of_nothing_changes_nothing() -> None:
    behind = Image.new("RGB", (90, 90), (9, 8, 7))
    nothing = placed(Image.new("RGBA", (64, 64), (255, 0, 0, 5)), REGION, 90, 90)
    assert np.array_equal(np.asarray(composed(behind, [nothing])), np.asarray(behind))


def test_what_is_clear_has_no_colour_at_an_edge() -> None:
    layer = Image.new("RGBA", (64, 64), (0, 255, 0, 0))  # green, and clear
    layer.paste(RED, (16, 16, 48, 48))
    pixels = np.asarray(placed(layer, replace(REGION, free_rect=Rect(0, 45, 0, 45)), 90, 90))
    assert pixels[..., 1].max() == 0


def test_a_mask_is_clear_outside_of_its_cells() -> None:
    region = replace(REGION, free_rect=Rect(0, 90, 0, 90), mask=Mask(2, (1, 2)))
    alpha = np.asarray(placed(disc(64, 64, (0, 0, 64, 64)), region, 90, 90))[..., 3]
    assert np.all(alpha[:44, :44] == 255)
    assert np.all(alpha[46:, 46:] == 255)
    assert not alpha[:44, 46:].any()
    assert not alpha[46:, :44].any()


@given(st.integers(0, 2**32 - 1))
def test_layers_are_laid_over_each_other_by_their_alpha(seed: int) -> None:
    random = np.random.default_rng(seed)
    behind = random.integers(0, 256, (7, 9, 3), dtype=np.uint8)
    layers = random.integers(0, 256, (3, 7, 9, 4), dtype=np.uint8)
    expected = behind.astype(float)
    for layer in layers.astype(float):
        alpha = layer[..., 3:] / 255
        expected = layer[..., :3] * alpha + expected * (1 - alpha)
    ours = composed(Image.fromarray(behind), [Image.fromarray(one) for one in layers])
    assert np.abs(np.asarray(ours, float) - expected).max() <= 3


def test_they_lie_far_to_near_and_those_without_weight_are_left_out() -> None:
    near, far = replace(REGION, description="near"), replace(REGION, description="far", distance_to_viewer=9.0)
    canvas = Canvas("A field.", tags="sun", regions=(near, replace(REGION, weight=0.0), far))
    assert layers_of(canvas) == (far, near)
    assert background_of(canvas) == Canvas("A field.", tags="sun")


def test_a_layers_canvas_has_its_regions_words_and_lora_for_all_of_it() -> None:
    region = replace(REGION, tags="shiny", loras=(Lora("red", 0.5),), edge=3.0, weight=0.5, mask=Mask(2, (1, 2)))
    (only,) = alone(region).regions
    assert (only.description, only.tags, only.loras) == ("A red circle.", "shiny", region.loras)
    assert (only.rect, only.mask, only.negative, only.weight, only.edge) == (Rect(0, 90, 0, 90), None, "", 1.0, 0.0)
    assert alone(region).description == ""


@given(st.integers(0, 2**63 - 1), st.integers(0, 30))
def test_seeds_of_layers_are_seeds_and_differ(seed: int, number: int) -> None:
    assert 0 <= seed_of(seed, number) < 2**63
    assert len({seed, seed_of(seed, number), seed_of(seed, number + 1)}) == 3
