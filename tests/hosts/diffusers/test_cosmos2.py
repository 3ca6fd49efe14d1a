"""Cosmos-Predict2's own pipeline, whose licence asks for a guardrail, and whose guidance counts from 0."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lib_omost.canvas import Canvas
from lib_omost.errors import BadInputError, MissingPackageError
from lib_omost.hosts.diffusers.families import cosmos2
from lib_omost.hosts.diffusers.families.cosmos2 import NO_GUIDANCE
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import RenderSettings
from tests.hosts.tiny_pipelines import cosmos2_pipeline

SMALL = RenderSettings(width=64, height=96, steps=2, seed=5)


@pytest.fixture
def pipeline() -> Any:
    made = cosmos2_pipeline()
    made.set_progress_bar_config(disable=True)
    return made


def pixels(image: Any) -> np.ndarray:
    return np.asarray(image, dtype=np.float32)


@pytest.mark.parametrize(("cfg", "scale"), [(None, 7.0), (3.0, 2.0), (1.0, 0.0)])
def test_a_canvas_without_regions_is_diffusers_own_picture(pipeline: Any, cfg: float | None, scale: float) -> None:
    ours = render(pipeline, Canvas("a red circle"), replace(SMALL, cfg=cfg, negative="blurry"))
    theirs = pipeline(
        prompt="a red circle.",
        negative_prompt="blurry",
        width=64,
        height=96,
        num_inference_steps=2,
        guidance_scale=scale,
        generator=[torch.Generator().manual_seed(5)],
    ).images[0]
    # a level of 255: attention of our own is rounded otherwise
    assert np.abs(pixels(ours.images[0]) - pixels(theirs)).max() <= 1
    assert ours.notes == ()


def test_regions_and_their_negative_words_steer_it(pipeline: Any, circle_and_square: Canvas) -> None:
    own = pixels(render(pipeline, circle_and_square, SMALL).images[0])
    assert not np.array_equal(
        own, pixels(render(pipeline, circle_and_square, replace(SMALL, method="plain")).images[0])
    )
    first, second = circle_and_square.regions
    without = replace(circle_and_square, regions=(replace(first, negative="blurry people"), second))
    assert not np.array_equal(own, pixels(render(pipeline, without, SMALL).images[0]))


def test_the_guardrail_reads_every_text_and_what_it_refuses_is_not_drawn(
    pipeline: Any, circle_and_square: Canvas
) -> None:
    render(pipeline, circle_and_square, replace(SMALL, negative="blurry"))
    read = " ".join(pipeline.safety_checker.read)
    assert all(text in read for text in ("A white background", "A red circle", "A blue square", "blurry"))
    region = replace(circle_and_square.regions[0], description="a forbidden circle")
    with pytest.raises(BadInputError, match="guardrail refuses") as refused:
        render(pipeline, replace(circle_and_square, regions=(region,)), SMALL)
    assert refused.value.hint


def test_a_scale_without_guidance_is_told(pipeline: Any, circle_and_square: Canvas) -> None:
    assert NO_GUIDANCE in render(pipeline, circle_and_square, replace(SMALL, cfg=1.5)).notes
    assert NO_GUIDANCE not in render(pipeline, circle_and_square, replace(SMALL, cfg=1.0)).notes


@pytest.mark.parametrize(("missing", "masked"), [("torchvision", True), ("cosmos_guardrail", False)])
def test_a_package_that_is_not_there_is_named(
    pipeline: Any, monkeypatch: pytest.MonkeyPatch, missing: str, masked: bool
) -> None:
    monkeypatch.setattr(cosmos2, "find_spec", lambda name: None if name == missing else Path())
    parts = {name: part for name, part in pipeline.components.items() if name != "safety_checker"}
    parts["transformer"].register_to_config(concat_padding_mask=masked)
    make = cosmos2.COSMOS2.make
    assert make is not None
    with pytest.raises(MissingPackageError, match=missing):
        make(parts)
