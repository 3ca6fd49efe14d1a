"""Pictures begun from others by pipelines that diffusers has for noise alone: tiny ones, of random weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch

from lib_omost.canvas import Canvas
from lib_omost.hosts.diffusers.families import family_of
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import RenderSettings
from lib_omost.hosts.diffusers.shared.from_pictures import FromPictures
from lib_omost.hosts.replaced import replaced
from lib_omost.methods.start import Start
from tests.hosts.tiny_pipelines import PIPELINES

STEPS, WIDTH, HEIGHT = 5, 64, 96
SETTINGS = RenderSettings(method="layout", steps=STEPS, seed=5, width=WIDTH, height=HEIGHT, cfg=1.0)


@pytest.fixture(scope="module", params=["Lumina 2", "Flux.2 Klein"])
def pipeline(request: pytest.FixtureRequest) -> Any:
    return PIPELINES[request.param]()


@contextmanager
def steps_of(pipeline: Any) -> Iterator[list[tuple[float, torch.Tensor]]]:
    """What the scheduler is given in this block: σ and the latent."""
    seen: list[tuple[float, torch.Tensor]] = []
    original = pipeline.scheduler.step

    def step(velocity: torch.Tensor, timestep: torch.Tensor, latent: torch.Tensor, **options: Any) -> Any:
        seen.append((float(timestep) / pipeline.scheduler.config.num_train_timesteps, latent.clone()))
        return original(velocity, timestep, latent, **options)

    with replaced(pipeline.scheduler, "step", step):
        yield seen


def begun(canvas: Canvas, pipeline: Any, share: float) -> tuple[np.ndarray, list[tuple[float, torch.Tensor]]]:
    """The picture begun from a gradient, and what its steps saw."""
    with steps_of(pipeline) as seen:
        rendered = render(pipeline, canvas, SETTINGS, start=Start(share, lambda *_: gradient()))
    return np.asarray(rendered.images[0], np.float32), seen


def gradient() -> np.ndarray:
    ramp = np.linspace(0, 255, WIDTH)[None, :, None] * np.linspace(0, 1, HEIGHT)[:, None, None]
    return np.broadcast_to(ramp, (HEIGHT, WIDTH, 3)).astype(np.uint8)


def test_over_the_whole_schedule_it_is_the_picture_from_noise(pipeline: Any, circle_and_square: Canvas) -> None:
    from_noise = np.asarray(render(pipeline, circle_and_square, SETTINGS).images[0], np.float32)
    assert np.array_equal(begun(circle_and_square, pipeline, 1.0)[0], from_noise)


def test_the_steps_that_are_left_are_those_of_the_whole_schedule(pipeline: Any, circle_and_square: Canvas) -> None:
    with steps_of(pipeline) as seen:
        render(pipeline, circle_and_square, SETTINGS)
    whole = [sigma for sigma, _ in seen]
    assert len(whole) == STEPS
    for left in range(1, STEPS):
        _, seen = begun(circle_and_square, pipeline, left / STEPS)
        assert [sigma for sigma, _ in seen] == whole[-left:]


def test_the_first_of_them_sees_the_picture_under_its_noise(pipeline: Any, circle_and_square: Canvas) -> None:
    whole = begun(circle_and_square, pipeline, 1.0)[1]
    _, [(sigma, latent), *_] = begun(circle_and_square, pipeline, 0.6)
    images = family_of(pipeline).images
    assert images is not None
    from_pictures = images.pipeline(pipeline)
    assert isinstance(from_pictures, FromPictures)
    pixels = torch.from_numpy(gradient().copy()).permute(2, 0, 1)[None] / 255
    with torch.no_grad():
        clean = from_pictures.encoded(pixels, WIDTH, HEIGHT).reshape(latent.shape[0], -1, *_sides(pipeline))
    noise = whole[0][1]  # at σ = 1 there is nothing else
    packed = clean.flatten(2).transpose(1, 2) if latent.dim() == 3 else clean
    assert torch.allclose(latent, (1 - sigma) * packed + sigma * noise, atol=1e-5)


def test_nothing_is_left_on_the_scheduler(pipeline: Any, circle_and_square: Canvas) -> None:
    before = dict(vars(pipeline.scheduler))
    begun(circle_and_square, pipeline, 0.6)
    assert set(vars(pipeline.scheduler)) == set(before)


def test_little_noise_leaves_the_picture_and_much_does_not(pipeline: Any, circle_and_square: Canvas) -> None:
    latents = [begun(circle_and_square, pipeline, share)[1][0][1] for share in (0.2, 0.6, 1.0)]
    far = [float((latent - latents[0]).square().mean()) for latent in latents]
    assert far[0] < far[1] < far[2]


def _sides(pipeline: Any) -> tuple[int, int]:
    cell = family_of(pipeline).cell
    cell = 16 if family_of(pipeline).name == "Flux.2 Klein" else cell
    return HEIGHT // cell, WIDTH // cell
