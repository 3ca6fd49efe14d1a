"""A method's sketch in a pipeline of flow matching: the pipeline of image to image, given a latent of the method's own.

There x = (1 - s) · latent + s · noise at a share s of noise, which is latent + σ · noise with σ = s / (1 - s), scaled
down by 1 + σ. How a family encodes pictures and which schedule it has for a size is its pipeline's matter: that is
called as ever, and what it says to its scheduler is heard.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lib_omost.hosts.diffusers.sketched import SketchStart
from lib_omost.hosts.host import LATENT_CELL
from lib_omost.hosts.replaced import replaced
from lib_omost.methods.sketch import Begun, cleaned, sigma_of


class FlowStart(SketchStart):
    """Of a model of flow matching."""

    def begin(self) -> Begun:
        """As `SketchStart` has it."""
        first, *others = self.sketch.pictures(self.canvas, *self.size)
        latent, shares = self._encoded(first)
        latents = [latent, *(self._encoded(picture)[0] for picture in others)]
        sigmas = [sigma_of(share) for share in shares]

        def denoised(x: torch.Tensor, index: int) -> torch.Tensor:
            return self._expected(x / sigmas[index], index, shares)

        packed = self.size[0] // LATENT_CELL // latent.shape[-1]
        return self.sketch.begin(self.canvas, torch.zeros_like(latent), sigmas, latents, denoised, packed=packed)

    def drawn(self, begun: Begun, generators: Sequence[torch.Generator]) -> Any:
        """As `SketchStart` has it. Raises ValueError where sampling begins from noise alone."""
        latent = begun.latent
        if latent is None:
            raise ValueError("without a latent a picture begins from noise alone")
        own = [torch.randn(1, *latent.shape[1:], generator=generator) for generator in generators]
        labels = self.sketch.labels(self.canvas, latent.shape[-1], latent.shape[-2])
        return self._sampled(latent, cleaned(torch.cat(own), labels), begun.index, self.steps - begun.index)

    def _encoded(self, picture: NDArray[np.uint8]) -> tuple[torch.Tensor, list[float]]:
        """(1, C, H, W) in the denoiser's units, and the shares of noise of every step, with the last one's 0."""
        scheduler = self.pipeline.scheduler

        def hear(latent: torch.Tensor, *_: object) -> None:
            raise _Heard(latent[:1].clone(), [float(share) for share in scheduler.sigmas])

        height, width = picture.shape[:2]
        pixels = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255
        with replaced(scheduler, "scale_noise", hear):
            latent, shares = heard(lambda: self.sample((width, height), 1, pixels, strength=1.0))
        return latent.reshape(1, -1, *latent.shape[-2:]).float(), shares

    def _expected(self, noise: torch.Tensor, index: int, shares: Sequence[float]) -> torch.Tensor:
        """What the first picture's step of that number expects behind its share of `noise` (1, C, H, W)."""

        def hear(velocity: torch.Tensor, _timestep: object, x: torch.Tensor, *_: object, **__: object) -> None:
            raise _Heard(x[:1].float() - shares[index] * velocity[:1].float())

        with replaced(self.pipeline.scheduler, "step", hear):
            (found,) = heard(lambda: self._sampled(torch.zeros_like(noise), noise, index, 1))
        if found.dim() == 3:  # patches side by side
            width, height = self.size
            found = self.pipeline._unpack_latents(found, height, width, self.pipeline.vae_scale_factor)
        expected: torch.Tensor = found.reshape(noise.shape)
        return expected

    def _sampled(self, latent: torch.Tensor, noise: torch.Tensor, index: int, drawn: int) -> Any:
        """`drawn` steps from number `index` on, from `latent` (1, C, H, W) under `noise` (1 or B, C, H, W)."""
        original = self.pipeline.scheduler.scale_noise

        def scale_noise(theirs: torch.Tensor, timestep: torch.Tensor, _noise: torch.Tensor) -> torch.Tensor:
            given = (one.to(theirs).expand(len(theirs), -1, -1, -1).reshape(theirs.shape) for one in (latent, noise))
            mixed: torch.Tensor = original(next(given), timestep, next(given))
            return mixed

        width, height = self.size
        strength = (self.steps - index - 0.25) / self.steps  # what is left out is rounded down
        with replaced(self.pipeline.scheduler, "scale_noise", scale_noise):
            return self.sample(self.size, drawn, torch.zeros(1, 3, height, width), strength=strength)


class _Heard(Exception):
    """What was to be heard of a pipeline, which need not go on."""


def heard(call: Callable[[], object]) -> tuple[Any, ...]:
    """What a `_Heard` that ends the call holds. Raises ValueError for a call that came to its own end."""
    try:
        call()
    except _Heard as told:
        return told.args
    raise ValueError("the pipeline never came to its scheduler")
