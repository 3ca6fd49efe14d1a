"""Pictures by the mini checkpoint: negative words, weights and edges of regions, inside their region and outside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lib_omost.canvas import Canvas, Rect, Region
from lib_omost.errors import OmostError
from lib_omost.hosts.diffusers.render import Rendered, render
from lib_omost.hosts.diffusers.settings import RenderSettings
from lib_omost.hosts.negatives import WITHOUT_GUIDANCE
from tests.hosts.conftest import hooks_of
from tests.hosts.tiny_pipelines import PIPELINES

SETTINGS = RenderSettings(steps=4, seed=3, cfg=5.0)
LEFT, WHOLE = Rect(0, 90, 0, 45), Rect(0, 90, 0, 90)
ROUNDING = 1.0  # of 255: tokens are attended for in another order


def canvas_with(rect: Rect = LEFT, **fields: Any) -> Canvas:
    region = Region("on the left", "no offset", "a small square area", 2.0, "A red circle.", free_rect=rect)
    other = Region("on the right", "no offset", "a small square area", 3.0, "A blue square.")
    return Canvas("A white background.", color_name="white", regions=(replace(region, **fields), other))


def drawn(mini: Any, canvas: Canvas, **settings: Any) -> Rendered:
    return render(mini, canvas, replace(SETTINGS, **settings))


def pixels(rendered: Rendered, number: int = 0) -> np.ndarray:
    return np.asarray(rendered.images[number], float)


def halves(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """The mean difference in the left half and in the right one."""
    difference = np.abs(one - other).mean(axis=2)
    middle = difference.shape[1] // 2
    return difference[:, :middle].mean(), difference[:, middle:].mean()


def test_negative_words_change_their_region_most_and_leave_nothing(mini: Any) -> None:
    before = hooks_of(mini.unet)
    plain = pixels(drawn(mini, canvas_with()))
    left, right = halves(pixels(drawn(mini, canvas_with(negative="a red circle"))), plain)
    assert left > 2
    assert left > 1.5 * right
    assert hooks_of(mini.unet) == before
    assert np.array_equal(pixels(drawn(mini, canvas_with())), plain)


@pytest.mark.parametrize("method", ["score", "sketch", "decomposition", "layout"])
@pytest.mark.parametrize("negative", ["", "a green star"])
def test_a_region_of_the_whole_picture_is_the_negative_prompt(mini: Any, method: str, negative: str) -> None:
    ours = drawn(mini, canvas_with(WHOLE, negative="a red circle"), method=method, negative=negative)
    prompt = ", ".join(filter(None, (negative, "a red circle")))
    theirs = drawn(mini, canvas_with(WHOLE), method=method, negative=prompt)
    assert np.abs(pixels(ours) - pixels(theirs)).max() <= ROUNDING


def test_every_picture_of_a_batch_has_them(mini: Any) -> None:
    ours = drawn(mini, canvas_with(negative="a red circle"), batch=2)
    assert np.abs(pixels(ours) - pixels(drawn(mini, canvas_with(negative="a red circle")))).max() <= ROUNDING
    plain = drawn(mini, canvas_with(), batch=2)
    assert np.abs(pixels(ours, 1) - pixels(plain, 1)).mean() > 1


def test_without_guidance_they_do_nothing_and_that_is_told(mini: Any) -> None:
    ours, plain = (drawn(mini, canvas_with(negative=words), cfg=1.0) for words in ("a red circle", ""))
    assert np.array_equal(pixels(ours), pixels(plain))
    assert WITHOUT_GUIDANCE in ours.notes
    assert WITHOUT_GUIDANCE not in plain.notes


def test_a_region_without_weight_says_nothing(mini: Any) -> None:
    ours, plain = (drawn(mini, canvas_with(weight=0.0, negative=words)) for words in ("a red circle", ""))
    assert np.array_equal(pixels(ours), pixels(plain))


def test_a_method_without_regions_leaves_them_out_and_says_so(mini: Any) -> None:
    ours = drawn(mini, canvas_with(negative="a red circle", weight=2.0), method="plain")
    assert np.array_equal(pixels(ours), pixels(drawn(mini, canvas_with(), method="plain")))
    assert [note for note in ours.notes if "plain has no regions" in note and "were left out" in note]
    assert "plain has no regions: their weights were left out" in ours.notes


@pytest.mark.parametrize("method", ["score", "sketch", "decomposition", "layout"])
@pytest.mark.parametrize("fields", [{"weight": 0.0}, {"weight": 2.0}, {"edge": 20.0}])
def test_weight_and_edge_count_with_every_method(mini: Any, method: str, fields: dict[str, float]) -> None:
    plain, ours, alike = (
        pixels(drawn(mini, canvas_with(**some), method=method, steps=8, seed=4))
        for some in ({}, fields, {"weight": 1.0, "edge": 0.0})
    )
    left, right = halves(ours, plain)
    assert left > 0.5
    if "weight" in fields:
        assert left > right
    assert np.array_equal(alike, plain)


@pytest.mark.parametrize("name", ["Flux.1", "Anima"])
def test_other_kinds_of_models(name: str) -> None:
    """Text beside the image is attended to as in a UNet; where it is in one stream with it they are refused by name."""
    found = [make for family, make in PIPELINES.items() if name.split(".", maxsplit=1)[0].lower() in family.lower()]
    pipeline = found[0]()
    few = RenderSettings(steps=2, seed=5, width=64, height=96, cfg=4.0)
    if name == "Anima":
        plain, ours = (render(pipeline, canvas_with(negative=words), few) for words in ("", "a red circle"))
        assert not np.array_equal(pixels(ours), pixels(plain))
        return
    with pytest.raises(OmostError, match="negative words of a region cannot be drawn") as refused:
        render(pipeline, canvas_with(negative="a red circle"), few)
    assert "negative prompt" in refused.value.hint
    heavier, plain = (render(pipeline, canvas_with(weight=weight), few) for weight in (2.0, 1.0))
    assert not np.array_equal(pixels(heavier), pixels(plain))
