"""Pictures from canvases, on the mini checkpoint and on SDXL's architecture."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from lib_omost.canvas import Canvas, draft_image
from lib_omost.errors import BadInputError
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import Hires, RenderSettings
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline

FEW = {"steps": 4, "seed": 5}


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image, dtype=np.float32)


def mean_difference(one: Image.Image, other: Image.Image) -> float:
    return float(np.abs(pixels(one) - pixels(other)).mean())


def first(pipeline: Pipeline, canvas: Canvas, **settings: Any) -> Image.Image:
    return render(pipeline, canvas, RenderSettings(**FEW | settings)).images[0]


def test_objects_stand_in_their_regions(mini: Any, circle_and_square: Canvas) -> None:
    picture = pixels(first(mini, circle_and_square, steps=20, seed=1))
    left, right = picture[:, :43], picture[:, 85:]
    reddish = lambda part: (part[..., 0] > 150) & (part[..., 1] < 100) & (part[..., 2] < 100)  # noqa: E731
    bluish = lambda part: (part[..., 2] > 150) & (part[..., 0] < 100)  # noqa: E731
    assert reddish(left).mean() > 0.1
    assert not reddish(right).any()
    assert bluish(right).mean() > 0.1
    assert not bluish(left).any()


def test_a_seed_gives_the_same_picture_and_a_batch_counts_up_from_it(mini: Any, circle_and_square: Canvas) -> None:
    batch = render(mini, circle_and_square, RenderSettings(**FEW, batch=3)).images
    for number, picture in enumerate(batch):
        assert mean_difference(first(mini, circle_and_square, seed=5 + number), picture) < 0.5
    assert mean_difference(batch[0], batch[1]) > 1


@pytest.mark.parametrize("settings", [{}, {"denoise": 0.9}, {"hires": Hires(1.25, 0.5)}, {"cfg": 1.0}, {"batch": 2}])
def test_the_pipeline_is_left_as_it_was(mini: Any, circle_and_square: Canvas, untouched: Any, settings: Any) -> None:
    parts = dict(mini.components)
    with untouched(mini):
        render(mini, circle_and_square, RenderSettings(**FEW, **settings))
    assert all(mini.components[name] is part for name, part in parts.items())


def test_the_pipeline_is_left_as_it_was_when_the_run_fails(
    mini: Any, circle_and_square: Canvas, untouched: Any
) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with untouched(mini), pytest.raises(KeyboardInterrupt):
        render(mini, circle_and_square, RenderSettings(**FEW), stop)
    assert first(mini, circle_and_square).size == (128, 128)


@pytest.mark.parametrize("size", [(128, 128), (136, 104), (64, 200)])
def test_any_multiple_of_eight_is_a_size(mini: Any, circle_and_square: Canvas, size: tuple[int, int]) -> None:
    width, height = size
    assert first(mini, circle_and_square, width=width, height=height).size == size


def test_progress_counts_every_step_of_every_stage(mini: Any, circle_and_square: Canvas) -> None:
    seen: list[tuple[str, int, int]] = []
    settings = RenderSettings(**FEW, denoise=0.75, hires=Hires(1.5, 0.5))
    render(mini, circle_and_square, settings, lambda *step: seen.append(step))
    assert seen == [("drawing", step, 3) for step in (1, 2, 3)] + [("hires", step, 2) for step in (1, 2)]


def test_low_denoise_stays_near_the_draft(mini: Any, circle_and_square: Canvas) -> None:
    draft = Image.fromarray(draft_image(circle_and_square, 128, 128, blurred=True))
    near = first(mini, circle_and_square, steps=20, denoise=0.1)
    far = first(mini, circle_and_square, steps=20, denoise=0.95)
    assert mean_difference(near, draft) < 0.5 * mean_difference(far, draft)


def test_hires_enlarges_the_picture_and_keeps_what_is_on_it(mini: Any, circle_and_square: Canvas) -> None:
    small = first(mini, circle_and_square, steps=12)
    large = first(mini, circle_and_square, steps=12, hires=Hires(1.5, 0.3))
    assert large.size == (192, 192)
    assert mean_difference(large.resize((128, 128), Image.Resampling.BOX), small) < 20


def test_the_negative_prompt_counts_and_cfg_1_switches_it_off(mini: Any, circle_and_square: Canvas) -> None:
    assert mean_difference(first(mini, circle_and_square), first(mini, circle_and_square, negative="green ring")) > 0.5
    one, other = (first(mini, circle_and_square, cfg=1.0, negative=text) for text in ("", "green ring"))
    assert mean_difference(one, other) == 0


def test_what_the_canvas_says_is_absent_is_in_the_negative_prompt(mini: Any, circle_and_square: Canvas) -> None:
    absent = replace(circle_and_square, absent=("green ring", "people"))
    wanted = first(mini, circle_and_square, negative="blurry, people, green ring")
    assert mean_difference(first(mini, absent, negative="blurry, people"), wanted) == 0
    assert mean_difference(first(mini, absent), first(mini, circle_and_square)) > 0.5


def test_plain_is_the_pipelines_own_picture_of_the_joined_prompt(mini: Any, circle_and_square: Canvas) -> None:
    ours = first(mini, circle_and_square, method="plain")
    theirs = mini(
        "A white background. A blue square. A red circle.",
        num_inference_steps=4,
        guidance_scale=5.0,
        generator=torch.Generator().manual_seed(5),
    ).images[0]
    assert mean_difference(ours, theirs) < 0.5


def test_methods_give_different_pictures(mini: Any, circle_and_square: Canvas) -> None:
    score, decomposition, plain = (
        first(mini, circle_and_square, method=method) for method in ("score", "decomposition", "plain")
    )
    assert mean_difference(score, decomposition) > 1
    assert mean_difference(score, plain) > 1


@pytest.mark.parametrize(
    "settings", [{}, {"denoise": 0.9}, {"negative": "blurry", "batch": 2}, {"hires": Hires(1.5, 0.5)}, {"cfg": 1.0}]
)
def test_sdxl_renders_too(tiny_sdxl: Any, circle_and_square: Canvas, untouched: Any, settings: Any) -> None:
    with untouched(tiny_sdxl):
        rendered = render(tiny_sdxl, circle_and_square, RenderSettings(**FEW, width=64, height=72, **settings))
    expected = (96, 112) if "hires" in settings else (64, 72)
    assert [image.size for image in rendered.images] == [expected] * settings.get("batch", 1)
    assert pixels(rendered.images[0]).std() > 10  # not a number becomes plain black


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"width": 130}, "multiple of 8"),
        ({"height": 8}, "out of range"),
        ({"steps": 0}, "steps"),
        ({"cfg": 0.5}, "CFG"),
        ({"cfg": float("nan")}, "CFG"),
        ({"seed": -1}, "seed"),
        ({"batch": 0}, "batch"),
        ({"denoise": 0.0}, "denoise"),
        ({"denoise": float("nan")}, "denoise"),
        ({"method": "magic"}, "magic"),
    ],
)
def test_settings_out_of_range_are_refused(settings: Any, message: str) -> None:
    with pytest.raises(BadInputError, match=message) as refused:
        RenderSettings(**settings)
    assert refused.value.hint


@pytest.mark.parametrize(("scale", "denoise"), [(1.0, 0.5), (5.0, 0.5), (float("nan"), 0.5), (1.5, 0.0)])
def test_hires_out_of_range_is_refused(scale: float, denoise: float) -> None:
    with pytest.raises(BadInputError):
        Hires(scale, denoise)
