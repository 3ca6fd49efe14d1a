"""A part of a picture drawn by a pipeline: after every step all else is the picture again, under as much noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch.nn.functional import adaptive_max_pool2d

from lib_omost.errors import BadInputError
from lib_omost.hosts.diffusers.shared.family import Family
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.diffusers.sketched import encode
from lib_omost.hosts.parts import Part, mask_of

BLUR = 1 / 128  # of the shorter side: σ of an edge that has none of its own, as WebUIs begin with
Kept = Callable[[Any, int, dict[str, Any]], dict[str, Any]]


def keeping(pipeline: Pipeline, family: Family, part: Part, seeds: Sequence[int], steps: int) -> Kept:
    """What is done to the latents after each of a run's `steps`: (pipeline, step, values) → values.

    seeds: of the pictures' noise. Raises BadInputError for a model that is no UNet.
    """
    if getattr(pipeline, "unet", None) is None:
        raise BadInputError(f"{family.name} cannot draw a part of a picture", hint="use a Stable Diffusion checkpoint")
    known = encode(pipeline, np.asarray(part.picture))
    inside = torch.from_numpy(part.inside).float()[None, None]
    drawn = adaptive_max_pool2d(inside, known.shape[-2:]).to(known)
    noise = torch.cat([torch.randn(known.shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds])

    def keep(running: Any, step: int, values: dict[str, Any]) -> dict[str, Any]:
        latents = values["latents"]
        old = known.expand_as(latents)
        if step + 1 < steps:
            old = _noised(running.scheduler, old, noise.to(known), steps - step - 1)
        values["latents"] = torch.where(drawn > 0, latents, old.to(latents))
        return values

    return keep


def blended(part: Part, drawn: Image.Image) -> Image.Image:
    """What was drawn on the old picture: outside of the edge its pixels are what they were."""
    blur = max(1.0, min(drawn.size) * BLUR) if part.blur is None else part.blur
    return Image.composite(drawn, part.picture, mask_of(part).filter(ImageFilter.GaussianBlur(blur)))


def _noised(scheduler: Any, known: torch.Tensor, noise: torch.Tensor, left: int) -> torch.Tensor:
    """The known latents as they are when `left` of the scheduler's steps are to come."""
    timesteps = scheduler.timesteps[len(scheduler.timesteps) - left :][:1].to(known.device)
    noised: torch.Tensor = scheduler.add_noise(known, noise, timesteps.expand(len(known)))
    return noised
