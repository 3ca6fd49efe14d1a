"""A method's sketch in a diffusers pipeline: the pipeline of img2img, given a latent and noise of the method's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lib_omost.canvas import Canvas
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.host import LATENT_CELL
from lib_omost.methods.sketch import Begun, Sketch

Draw = Callable[..., Any]  # the pipeline's arguments beyond those of every picture → what it gives


def begin(
    pipeline: Pipeline, sketch: Sketch, canvas: Canvas, *, steps: int, width: int, height: int, draw: Draw
) -> Begun:
    """Where sampling begins. The noise of `Begun` is not the picture's: the pipeline draws that by itself.

    pipeline: of img2img. draw: samples with it, under the canvas.
    """
    sigmas = schedule(pipeline.scheduler, steps)
    size = (1, pipeline.unet.config.in_channels, height // LATENT_CELL, width // LATENT_CELL)

    def denoised(latent: torch.Tensor, index: int) -> torch.Tensor:
        return _one_step(pipeline, latent, index, steps, draw)

    latents = [encode(pipeline, picture) for picture in sketch.pictures(canvas, width, height)]
    return sketch.begin(canvas, torch.zeros(size, device=latents[0].device), sigmas, latents, denoised)


def schedule(scheduler: Any, steps: int) -> list[float]:
    """σ of every step, in units of a latent that is not scaled down as noise is added, and the last one's 0."""
    own = type(scheduler).from_config(scheduler.config)
    own.set_timesteps(steps)
    return [float(sigma) for sigma in own.sigmas]


@torch.no_grad()
def encode(pipeline: Pipeline, picture: NDArray[np.uint8]) -> torch.Tensor:
    """(H, W, 3) → (1, C, H/8, W/8), the middle of what the VAE says, in the denoiser's units."""
    vae = pipeline.vae
    dtype = vae.dtype
    pixels = torch.from_numpy(picture.astype(np.float32) / 127.5 - 1).permute(2, 0, 1).unsqueeze(0)
    widens = dtype == torch.float16 and vae.config.get("force_upcast", False)
    try:
        if widens:  # SDXL's overflows in half precision
            vae.to(torch.float32)
        latent: torch.Tensor = vae.encode(pixels.to(vae.device, vae.dtype)).latent_dist.mode()
    finally:
        if widens:
            vae.to(dtype)
    return latent * float(vae.config.scaling_factor)


@contextmanager
def noise_replaced(scheduler: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Iterator[None]:
    """The noise that img2img adds is `change` of what it drew, in this block."""
    original = scheduler.add_noise

    def add_noise(latent: torch.Tensor, noise: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
        noisy: torch.Tensor = original(latent, change(noise), timesteps)
        return noisy

    scheduler.add_noise = add_noise
    try:
        yield
    finally:
        del scheduler.add_noise


def share(index: int, steps: int) -> float:
    """The strength at which img2img begins with step `index`; half a step more, so that it is not rounded off."""
    return min(1.0, (steps - index + 0.5) / steps)


def _one_step(pipeline: Pipeline, latent: torch.Tensor, index: int, steps: int, draw: Draw) -> torch.Tensor:
    """x at step `index` (1, C, H, W) → the latent that the first picture's step expects."""
    found: list[torch.Tensor] = []

    def stop(running: Any, _step: int, _timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
        found.append(running.scheduler.model_outputs[-1][:1].clone())
        running._interrupt = True  # as diffusers' own guide for callbacks says
        return values

    sigma = schedule(pipeline.scheduler, steps)[index]
    with noise_replaced(pipeline.scheduler, lambda noise: (latent / sigma).to(noise).expand_as(noise)):
        draw(
            image=torch.zeros_like(latent),
            strength=share(index, steps),
            output_type="latent",
            callback_on_step_end=stop,
        )
    return found[0]
