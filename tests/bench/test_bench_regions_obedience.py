"""Judging pictures whose truth is known because they were painted for it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.bench.layouts import Asked, Layout, make_layouts
from lib_omost.bench.obedience import nearest_colors, obedience, pixels_of
from lib_omost.canvas import Rect
from lib_omost.mini.scenes import BACKGROUND_COLORS, OBJECT_COLORS, SHAPES, Scene, Thing, draw_scene

LEFT = Asked("red", "square", "on the left", "no offset", "a small vertical area")  # rows 15–75, columns 0–35
RIGHT = Asked("blue", "circle", "on the right", "no offset", "a small vertical area")  # rows 15–75, columns 55–90
LAYOUT = Layout(1, "white", (LEFT, RIGHT))


def picture(background="white", size=180):
    image = np.empty((size, size, 3), np.uint8)
    image[:] = BACKGROUND_COLORS[background]
    return image


def fill(image, rect, color, share=1.0):
    """Paint the upper `share` of a box."""
    rows, columns = pixels_of(rect, *image.shape[:2])
    image[rows.start : rows.start + round(share * (rows.stop - rows.start)), columns] = OBJECT_COLORS[color]
    return image


def test_a_picture_that_shows_all_is_right():
    image = fill(fill(picture(), LEFT.rect, "red", 0.5), RIGHT.rect, "blue", 0.5)
    judged = obedience(image, LAYOUT)
    assert judged.regions == (True, True)
    assert judged.inside == (1.0, 1.0)
    assert judged.background
    assert judged.whole


def test_an_empty_picture_shows_nothing():
    judged = obedience(picture("black"), LAYOUT)
    assert judged.regions == (False, False)
    assert judged.inside == ()
    assert not judged.background


def test_half_right_is_half_right():
    judged = obedience(fill(picture(), RIGHT.rect, "blue"), LAYOUT)
    assert judged.regions == (False, True)
    assert judged.inside == (1.0,)
    assert not judged.whole


def test_swapped_colours_are_wrong_and_outside():
    image = fill(fill(picture(), LEFT.rect, "blue"), RIGHT.rect, "red")
    judged = obedience(image, LAYOUT)
    assert judged.regions == (False, False)
    assert judged.inside == (0.0, 0.0)


def test_the_colour_that_covers_more_rules():
    image = fill(fill(picture(), LEFT.rect, "green", 0.5), LEFT.rect, "red", 0.2)
    assert obedience(image, LAYOUT).regions[0] is False
    image = fill(fill(picture(), LEFT.rect, "green", 0.5), LEFT.rect, "red", 0.3)
    assert obedience(image, LAYOUT).regions[0] is True


def test_a_speck_does_not_count():
    image = picture()
    image[60:70, 10:26] = OBJECT_COLORS["red"]  # 160 of 32,400 pixels
    assert obedience(image, LAYOUT).regions[0] is False
    assert obedience(image, LAYOUT).inside == ()
    image[60:70, 10:28] = OBJECT_COLORS["red"]  # 180: over half a percent
    assert obedience(image, LAYOUT).regions[0] is True


def test_colour_outside_its_box_is_counted_against_it():
    image = fill(picture(), LEFT.rect, "red")
    image[: image.shape[0] // 9, : image.shape[1] // 2] = OBJECT_COLORS["red"]  # 20 × 90 pixels above the box
    assert obedience(image, LAYOUT).inside == pytest.approx((120 * 70 / (120 * 70 + 20 * 90),))


@pytest.mark.parametrize("size", [64, 90, 128, 333])
def test_size_does_not_matter(size):
    image = fill(fill(picture("gray", size), LEFT.rect, "red"), RIGHT.rect, "green")
    judged = obedience(image, Layout(1, "gray", (LEFT, RIGHT)))
    assert judged.regions == (True, False)
    assert judged.background


def test_every_layout_can_be_satisfied():
    for layout in make_layouts():
        image = picture(layout.background, 128)
        for asked in layout.asked:
            top, bottom, left, right = asked.rect
            middle = Rect(top + 8, bottom - 8, left + 8, right - 8)
            fill(image, middle, asked.color)
        judged = obedience(image, layout)
        assert judged.whole
        assert judged.background
        assert min(judged.inside) > 0.85


@given(st.sampled_from([*OBJECT_COLORS]), st.integers(-20, 20), st.integers(-20, 20), st.integers(-20, 20))
def test_a_colour_a_little_off_is_still_that_colour(name, red, green, blue):
    rgb = np.clip(np.array(OBJECT_COLORS[name]) + np.array([red, green, blue]), 0, 255).astype(np.uint8)
    assert nearest_colors(rgb[None, None])[0, 0] == list(OBJECT_COLORS).index(name)


def thing(shape, color, x=0.2, y=0.5, radius=0.12):
    return Thing(shape, color, x, y, radius)


@pytest.mark.parametrize("color", ["red", "yellow"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_judged_whatever_its_colour(shape, color):
    judged = obedience(draw_scene(Scene("white", (thing(shape, color),)), 256), LAYOUT)
    assert judged.shapes == (shape == "square", False)  # a square is asked for on the left, nothing is on the right
    assert judged.both == (shape == "square" and color == "red", False)


def test_the_largest_thing_in_the_box_is_the_one_that_counts():
    scene = Scene("black", (thing("square", "cyan", y=0.4), thing("circle", "red", y=0.7, radius=0.06)))
    assert obedience(draw_scene(scene, 256), LAYOUT).shapes[0]


def test_more_than_one_thing_of_a_colour_is_counted_wherever_it_is():
    things = (thing("square", "red"), thing("ring", "red", x=0.8, y=0.15), thing("circle", "blue", x=0.8, y=0.6))
    judged = obedience(draw_scene(Scene("gray", things), 256), LAYOUT)
    assert judged.things == (2, 1)
    assert judged.doubled == (True, False)
    assert judged.regions == (True, True)


def test_edges_between_two_colours_are_no_things():
    """Between red and white lies a pink that nobody drew."""
    asked = Layout(1, "white", (LEFT, Asked("pink", "circle", "on the right", "no offset", "a small vertical area")))
    assert obedience(draw_scene(Scene("white", (thing("square", "red"),)), 128), asked).things == (1, 0)
