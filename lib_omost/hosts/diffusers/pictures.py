"""Pictures through a pipeline's VAE, and drawn from another one: what a checkpoint can do, to measure against."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from lib_omost.canvas import Canvas
from lib_omost.hosts.diffusers.pipeline import Pipeline
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import RenderSettings
from lib_omost.hosts.diffusers.sketched import encode, schedule, share
from lib_omost.methods.sketch import start_index
from lib_omost.methods.start import Start

Picture = NDArray[np.uint8]  # (H, W, 3)


@torch.no_grad()
def through_vae(pipeline: Pipeline, picture: Picture) -> Picture:
    """Encoded and decoded."""
    latent = encode(pipeline, picture)
    decoded = pipeline.vae.decode(latent / pipeline.vae.config.scaling_factor).sample[0]
    pixels = ((decoded.float() / 2 + 0.5).clamp(0, 1) * 255).round().byte().permute(1, 2, 0)
    found: Picture = pixels.cpu().numpy()
    return found


def from_picture(
    pipeline: Pipeline, canvas: Canvas, settings: RenderSettings, picture: Picture, sigma: float
) -> Picture:
    """Drawn from `picture` under the first noise of the schedule that is at most `sigma`, by the settings' method."""
    index = start_index(sigma, schedule(pipeline.scheduler, settings.steps)) or 0
    start = Start(share(index, settings.steps), lambda *_: picture)
    return np.asarray(render(pipeline, canvas, settings, start=start).images[0])
