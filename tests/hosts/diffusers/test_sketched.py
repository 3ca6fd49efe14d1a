"""Pictures by the method `sketch` on the mini checkpoint and on SDXL's architecture."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from lib_omost.canvas import Canvas
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import Hires, RenderSettings
from lib_omost.hosts.diffusers.sketched import encode, noise_replaced, schedule
from lib_omost.methods.tuning import MINI

SKETCHED = {"method": "sketch", "steps": 10, "seed": 5}


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image, dtype=np.float32)


def drawn(pipeline: Any, canvas: Canvas, **settings: Any) -> tuple[list[Image.Image], list[tuple[str, int, int]]]:
    seen: list[tuple[str, int, int]] = []
    rendered = render(pipeline, canvas, RenderSettings(**SKETCHED | settings), lambda *step: seen.append(step))
    return list(rendered.images), seen


def test_it_takes_the_steps_from_its_noise_on(mini: Any, circle_and_square: Canvas) -> None:
    _, seen = drawn(mini, circle_and_square)
    sigmas = schedule(mini.scheduler, 10)
    ends = [MINI.sketch.sigma(circle_and_square, 16, 16) * factor for factor in (1, MINI.sketch.doubt)]
    steps = len(seen)
    assert seen == [("drawing", step, steps) for step in range(1, steps + 1)]
    assert steps in [10 - next(n for n, sigma in enumerate(sigmas) if sigma <= end) for end in ends]
    assert steps < 10


def test_objects_stand_in_their_regions(mini: Any, circle_and_square: Canvas) -> None:
    picture = pixels(drawn(mini, circle_and_square, steps=20, seed=1)[0][0])
    left, right = picture[:, :43], picture[:, 85:]
    assert ((left[..., 0] > 150) & (left[..., 1] < 100) & (left[..., 2] < 100)).mean() > 0.1
    assert ((right[..., 2] > 150) & (right[..., 0] < 100)).mean() > 0.1


def test_a_batch_counts_up_from_its_seed(mini: Any, circle_and_square: Canvas) -> None:
    batch, _ = drawn(mini, circle_and_square, batch=2)
    for number, picture in enumerate(batch):
        single = drawn(mini, circle_and_square, seed=5 + number)[0][0]
        assert np.abs(pixels(single) - pixels(picture)).mean() < 0.5
    assert np.abs(pixels(batch[0]) - pixels(batch[1])).mean() > 1


@pytest.mark.parametrize("settings", [{}, {"batch": 2}, {"cfg": 1.0}, {"hires": Hires(1.25, 0.5)}])
def test_the_pipeline_is_left_as_it_was(mini: Any, circle_and_square: Canvas, untouched: Any, settings: Any) -> None:
    with untouched(mini):
        drawn(mini, circle_and_square, **settings)
    assert "add_noise" not in vars(mini.scheduler)


@pytest.mark.parametrize("fails_at", [0, 3])
def test_it_is_left_so_when_the_run_fails(
    mini: Any, circle_and_square: Canvas, untouched: Any, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    """In the look, and in the picture's own steps."""
    calls = 0
    original = mini.scheduler.step

    def step(*arguments: Any, **keywords: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > fails_at:
            raise KeyboardInterrupt
        return original(*arguments, **keywords)

    with monkeypatch.context() as patched:
        patched.setattr(mini.scheduler, "step", step)
        with untouched(mini), pytest.raises(KeyboardInterrupt):
            drawn(mini, circle_and_square)
    assert "add_noise" not in vars(mini.scheduler)


def test_the_hires_pass_has_a_picture_to_begin_from(mini: Any, circle_and_square: Canvas) -> None:
    images, seen = drawn(mini, circle_and_square, hires=Hires(1.5, 0.5))
    assert images[0].size == (192, 192)
    assert [step for step in seen if step[0] == "hires"] == [("hires", step, 5) for step in range(1, 6)]


def test_denoise_takes_the_place_of_the_sketch(mini: Any, circle_and_square: Canvas) -> None:
    _, seen = drawn(mini, circle_and_square, denoise=0.9)
    assert seen[-1] == ("drawing", 9, 9)


def test_without_regions_it_is_the_picture_from_noise(mini: Any, circle_and_square: Canvas) -> None:
    empty = replace(circle_and_square, regions=())
    (picture,), seen = drawn(mini, empty, steps=4)
    (plain,), _ = drawn(mini, empty, steps=4, method="plain")
    assert len(seen) == 4
    assert np.abs(pixels(picture) - pixels(plain)).mean() < 0.5


@pytest.mark.parametrize("settings", [{}, {"batch": 2}, {"cfg": 1.0}])
def test_sdxl_renders_too(tiny_sdxl: Any, circle_and_square: Canvas, untouched: Any, settings: Any) -> None:
    with untouched(tiny_sdxl):
        images, _ = drawn(tiny_sdxl, circle_and_square, width=64, height=72, **settings)
    assert [image.size for image in images] == [(64, 72)] * settings.get("batch", 1)
    assert pixels(images[0]).std() > 10


def test_the_schedule_is_the_samplers_own_and_leaves_it_alone(mini: Any) -> None:
    mini.scheduler.set_timesteps(7)
    before = mini.scheduler.timesteps
    sigmas = schedule(mini.scheduler, 20)
    assert mini.scheduler.timesteps is before
    assert sigmas == sorted(sigmas, reverse=True)
    assert (len(sigmas), sigmas[-1]) == (21, 0)


def test_noise_is_replaced_in_the_block_alone(mini: Any) -> None:
    mini.scheduler.set_timesteps(5)
    latent, noise = torch.ones(1, 4, 2, 2), torch.randn(1, 4, 2, 2, generator=torch.Generator().manual_seed(1))
    at = mini.scheduler.timesteps[:1]
    plain = mini.scheduler.add_noise(latent, noise, at)
    with noise_replaced(mini.scheduler, lambda drawn: -drawn):
        turned = mini.scheduler.add_noise(latent, noise, at)
    assert torch.allclose(plain + turned, 2 * mini.scheduler.add_noise(latent, torch.zeros_like(noise), at), atol=1e-6)
    assert torch.equal(mini.scheduler.add_noise(latent, noise, at), plain)


def test_a_picture_is_encoded_in_the_denoisers_units(mini: Any) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (64, 80, 3), dtype=np.uint8)
    values = torch.from_numpy(picture).float().permute(2, 0, 1)[None] / 255 * 2 - 1
    with torch.no_grad():
        mean = mini.vae.encode(values).latent_dist.mean
    assert torch.allclose(encode(mini, picture), mean * mini.vae.config.scaling_factor, atol=1e-4)
