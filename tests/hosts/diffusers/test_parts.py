"""A part of a picture drawn by a pipeline: all else keeps its pixels, and the part follows the canvas."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from lib_omost.canvas import Canvas, Rect
from lib_omost.canvas.chosen import box_of
from lib_omost.errors import BadInputError
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import Hires, RenderSettings
from lib_omost.hosts.parts import Part, part_around, part_of, size_around
from tests.canvas.conftest import rects
from tests.hosts.tiny_pipelines import PIPELINES

FEW = RenderSettings(steps=6, seed=5)


@pytest.fixture
def old(mini: Any, circle_and_square: Canvas) -> Image.Image:
    return render(mini, circle_and_square, replace(FEW, steps=12)).images[0]


def away_from(part: Part, pixels: int) -> np.ndarray:
    grown = Image.fromarray(part.inside.astype(np.uint8) * 255).filter(ImageFilter.MaxFilter(2 * pixels + 1))
    return np.asarray(grown) == 0


def test_what_is_redrawn_is_another_thing_and_the_rest_keeps_its_pixels(
    mini: Any, circle_and_square: Canvas, old: Image.Image, untouched: Any
) -> None:
    square = replace(circle_and_square.regions[1], description="a green ring", color_name="green")
    canvas = replace(circle_and_square, regions=(circle_and_square.regions[0], square))
    part = part_of(canvas, "2", old)
    with untouched(mini):
        drawn = render(mini, canvas, replace(FEW, denoise=1.0, steps=12), part=part).images[0]
    before, after = np.asarray(old).astype(int), np.asarray(drawn).astype(int)
    rest = away_from(part, 8)
    assert rest.mean() > 0.2
    assert np.array_equal(after[rest], before[rest])
    bluish = lambda pixels: (pixels[..., 2] > 150) & (pixels[..., 0] < 100) & (pixels[..., 1] < 130)  # noqa: E731
    greenish = lambda pixels: (pixels[..., 1] > pixels[..., 0] + 40) & (pixels[..., 1] > pixels[..., 2] + 40)  # noqa: E731
    assert bluish(before[part.inside]).mean() > 0.1
    assert bluish(after[part.inside]).mean() < 0.02
    assert greenish(after[part.inside]).mean() > 0.03


def test_around_an_old_picture_the_rest_is_drawn_and_it_stays(
    mini: Any, circle_and_square: Canvas, old: Image.Image
) -> None:
    place = Rect(0, 90, 0, 45)
    part = part_around(circle_and_square, old, place, (256, 128))
    drawn = render(mini, circle_and_square, replace(FEW, denoise=0.95), part=part).images[0]
    assert drawn.size == (256, 128)
    before, after = np.asarray(old).astype(int), np.asarray(drawn).astype(int)
    assert np.array_equal(after[:, :116], before[:, :116])
    draft = np.asarray(part.picture).astype(int)
    assert np.abs(after[:, 136:] - draft[:, 136:]).mean() > 3


def test_every_picture_of_a_batch_is_as_it_is_alone(mini: Any, circle_and_square: Canvas, old: Image.Image) -> None:
    part = part_of(circle_and_square, "1", old)
    batch = render(mini, circle_and_square, replace(FEW, batch=2), part=part).images
    for number, picture in enumerate(batch):
        alone = render(mini, circle_and_square, replace(FEW, seed=FEW.seed + number), part=part).images[0]
        assert np.abs(np.asarray(picture).astype(int) - np.asarray(alone)).mean() < 0.5
    assert np.abs(np.asarray(batch[0]).astype(int) - np.asarray(batch[1])).mean() > 0.5


@pytest.mark.parametrize("settings", [{"width": 136}, {"hires": Hires()}])
def test_another_size_or_a_second_pass_is_refused(
    mini: Any, circle_and_square: Canvas, old: Image.Image, settings: dict[str, Any]
) -> None:
    with pytest.raises(BadInputError, match="in the picture's size, 128 × 128"):
        render(mini, circle_and_square, replace(FEW, **settings), part=part_of(circle_and_square, "1", old))


def test_a_model_that_is_no_unet_is_refused_by_its_name(circle_and_square: Canvas) -> None:
    picture = Image.new("RGB", (64, 64))
    with pytest.raises(BadInputError, match="cannot draw a part"):
        render(
            PIPELINES["Chroma"](),
            circle_and_square,
            RenderSettings(steps=2, cfg=1.0),
            part=part_of(circle_and_square, "1", picture),
        )


@settings(max_examples=60, deadline=None)
@given(rects(), st.sampled_from([(64, 64), (512, 512), (320, 128)]))
def test_all_around_the_place_is_drawn_and_what_stays_lies_in_it(place: Rect, size: tuple[int, int]) -> None:
    canvas, (width, height) = Canvas("a"), size
    left, top, right, bottom = box_of(place, width, height)
    old = Image.new("RGB", (max(1, right - left), max(1, bottom - top)))
    around = np.ones((height, width), bool)
    around[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1] = False
    assert part_around(canvas, old, place, size).inside[around].all()


def test_a_whole_that_is_too_large_and_sides_that_cannot_be_drawn_are_told(
    mini: Any, circle_and_square: Canvas
) -> None:
    with pytest.raises(BadInputError, match="10240 × 2048") as caught:
        size_around(Image.new("RGB", (2048, 2048)), Rect(0, 90, 0, 18))
    assert "smaller" in caught.value.hint
    with pytest.raises(BadInputError, match="16000 × 64"):
        part_around(circle_and_square, Image.new("RGB", (8, 8)), Rect(0, 90, 0, 9), (16000, 64))
    part = part_of(circle_and_square, "1", Image.new("RGB", (132, 128)))
    with pytest.raises(BadInputError, match="132 × 128") as caught:
        render(mini, circle_and_square, FEW, part=part)
    assert "128 × 128" in caught.value.hint
    with pytest.raises(BadInputError, match="132 × 128"):
        render(mini, circle_and_square, replace(FEW, width=128, height=128), part=part)
    with pytest.raises(BadInputError, match="8200 × 8"):
        part_of(circle_and_square, "1", Image.new("RGB", (8200, 8)))
