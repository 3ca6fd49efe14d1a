"""Pictures made by code: what is drawn is what the scene says."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.mini.scenes import (
    BACKGROUND_COLORS,
    OBJECT_COLORS,
    SHAPES,
    Scene,
    Thing,
    background_phrase,
    draw,
    draw_scene,
    phrase,
    random_scene,
)

AREA = {  # of a shape of half-width 1
    "circle": math.pi,
    "square": 1.8**2,
    "triangle": 1.9,
    "ring": math.pi * (1 - 0.5**2),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("color", ["red", "cyan"])
def test_a_shape_covers_its_area_in_its_colour(shape, color):
    picture = draw_scene(Scene("white", (Thing(shape, color, 0.5, 0.5, 0.3),)))
    assert picture.shape == (128, 128, 3)
    assert picture.dtype == np.uint8
    inside = (picture == OBJECT_COLORS[color]).all(-1).mean()
    outside = (picture == BACKGROUND_COLORS["white"]).all(-1).mean()
    assert inside == pytest.approx(AREA[shape] * 0.3**2, abs=0.02)
    assert 0.94 < inside + outside < 1  # the rest is the smooth edge


def test_a_ring_is_open_in_its_middle():
    picture = draw_scene(Scene("black", (Thing("ring", "green", 0.5, 0.5, 0.3),)))
    assert tuple(picture[64, 64]) == BACKGROUND_COLORS["black"]
    assert tuple(picture[64, 64 + round(0.75 * 0.3 * 128)]) == OBJECT_COLORS["green"]


def test_the_last_thing_is_on_top():
    things = [(Thing("square", "red", 0.5, 0.5, 0.4), (9, 9, 9)), (Thing("square", "red", 0.5, 0.5, 0.2), (7, 7, 7))]
    picture = draw((0, 0, 0), things, 32)
    assert picture.shape == (32, 32, 3)
    assert tuple(picture[16, 16]) == (7, 7, 7)
    assert tuple(picture[16, 5]) == (9, 9, 9)


def test_an_unknown_shape_is_refused():
    with pytest.raises(ValueError, match="blob"):
        draw((0, 0, 0), [(Thing("blob", "red", 0.5, 0.5, 0.2), (1, 1, 1))])


@given(st.integers(0, 2**32))
def test_random_scenes_can_be_drawn_and_said(seed):
    scene = random_scene(np.random.default_rng(seed))
    colors = [thing.color for thing in scene.things]
    assert 1 <= len(colors) == len(set(colors)) <= 4
    for thing in scene.things:
        assert thing.radius <= min(thing.x, thing.y, 1 - thing.x, 1 - thing.y) + 1e-9
    picture = draw_scene(scene, 64)
    for thing in scene.things:
        assert (np.abs(picture.astype(int) - OBJECT_COLORS[thing.color]).sum(-1) < 40).any()
    assert scene == random_scene(np.random.default_rng(seed))


def test_phrases_are_english():
    assert phrase("orange", "ring") == "an orange ring"
    assert phrase("red", "circle") == "a red circle"
    assert background_phrase("gray") == "a gray background"
