"""Pictures through a pipeline's VAE, and drawn from another one: what a checkpoint can do, to measure against."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from lib_omost.canvas import Canvas
from lib_omost.hosts.diffusers.families import family_of
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import RenderSettings
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.diffusers.sketched import encoded, schedule, share
from lib_omost.methods.sketch import start_index
from lib_omost.methods.start import Start

Picture = NDArray[np.uint8]  # (H, W, 3)


@torch.no_grad()
def through_vae(pipeline: Pipeline, picture: Picture) -> Picture:
    """Encoded and decoded."""
    decoded = pipeline.vae.decode(encoded(pipeline.vae, picture)).sample[0]
    frame = decoded if decoded.dim() == 3 else decoded[:, 0]  # of a video's autoencoder
    pixels = ((frame.float() / 2 + 0.5).clamp(0, 1) * 255).round().byte().permute(1, 2, 0)
    found: Picture = pixels.cpu().numpy()
    return found


def from_picture(
    pipeline: Pipeline, canvas: Canvas, settings: RenderSettings, picture: Picture, sigma: float
) -> Picture:
    """Drawn from `picture` under the first noise of the schedule that is at most `sigma`, by the settings' method."""
    start = Start(_share_from(pipeline, settings.steps, sigma), lambda *_: picture)
    return np.asarray(render(pipeline, canvas, settings, start=start).images[0])


def begins_from_pictures(pipeline: Pipeline) -> bool:
    """Whether `from_picture` can: not where a schedule depends on the picture's size, nor without image to image."""
    return family_of(pipeline).images is not None and not pipeline.scheduler.config.get("use_dynamic_shifting")


def _share_from(pipeline: Pipeline, steps: int, sigma: float) -> float:
    """The share of the schedule's steps that begins with the first noise of at most `sigma`, as the pipeline rounds."""
    if not hasattr(pipeline.scheduler, "scale_noise"):
        return share(start_index(sigma, schedule(pipeline.scheduler, steps)) or 0, steps)
    flow = type(pipeline.scheduler).from_config(pipeline.scheduler.config)
    flow.set_timesteps(sigmas=np.linspace(1, 1 / steps, steps))
    mixed = flow.sigmas[:-1].double()  # of noise beside the picture, which counts 1 − that
    index = start_index(sigma, [*(mixed / (1 - mixed)).tolist(), 0.0]) or 0
    return (steps - index - 0.25) / steps  # what is left out is rounded down
