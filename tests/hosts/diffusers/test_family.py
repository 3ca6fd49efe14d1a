"""Methods of others' papers by itself: each draws, by the seed alone, and leaves the pipeline as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lib_omost.canvas import Canvas, Region
from lib_omost.errors import OmostError
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import Hires, RenderSettings
from tests.kinds import FAMILY

CANVAS = Canvas(
    "A white background.",
    color_name="white",
    regions=(
        Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle.", negative="a ring"),
        Region("on the right", "no offset", "a small vertical area", 3.0, "A blue square."),
    ),
)
PLAIN = replace(CANVAS, regions=tuple(replace(region, negative="") for region in CANVAS.regions))


def drawn(pipeline: Any, method: str, canvas: Canvas = PLAIN, **changes: Any) -> list[np.ndarray]:
    settings = RenderSettings(seed=3, steps=3, width=64, height=64, method=method, **changes)
    return [np.asarray(image, float) for image in render(pipeline, canvas, settings).images]


def traces(pipeline: Any) -> list[str]:
    return [name for name, module in pipeline.unet.named_modules() if "forward" in vars(module)]


@pytest.mark.parametrize("method", FAMILY)
def test_it_draws_another_picture_by_the_seed_alone(mini: Any, method: str) -> None:
    (score,), (one,) = drawn(mini, "score"), drawn(mini, method)
    first, _ = drawn(mini, method, batch=2)
    assert np.abs(one - score).mean() > 0.5
    assert np.abs(first - one).max() <= 2  # of 255: sums of floats in another order
    assert traces(mini) == []
    assert np.array_equal(drawn(mini, "score")[0], score)


@pytest.mark.parametrize("method", [name for name in FAMILY if name != "mixture-of-diffusers"])
def test_negative_words_of_a_region_count_beside_it(mini: Any, method: str) -> None:
    (without,), (with_words,) = drawn(mini, method), drawn(mini, method, CANVAS)
    assert np.abs(with_words - without).mean() > 0.1
    assert traces(mini) == []


def test_a_method_that_calls_for_boxes_refuses_negative_words_of_a_region(mini: Any) -> None:
    with pytest.raises(OmostError, match="negative words of a region"):
        drawn(mini, "mixture-of-diffusers", CANVAS)
    assert traces(mini) == []


@pytest.mark.parametrize("method", FAMILY)
def test_it_draws_with_sdxls_parts_and_in_a_second_pass(tiny_sdxl: Any, method: str) -> None:
    (picture,) = drawn(tiny_sdxl, method, hires=Hires(scale=1.5, denoise=0.7))
    assert picture.shape == (96, 96, 3)
    assert picture.std() > 0
    assert traces(tiny_sdxl) == []
