"""A method's sketch in a pipeline of flow matching: the pipeline of image to image, given a latent of the method's own.

There x = (1 - s) · latent + s · noise at a share s of noise, which is latent + σ · noise with σ = s / (1 - s), scaled
down by 1 + σ. How a family encodes pictures and which schedule it has for a size is its pipeline's matter: that is
called as ever, and what it says to its scheduler is heard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lib_omost.canvas import Canvas
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.methods.sketch import Begun, Sketch, cleaned, sigma_of

Sample = Callable[..., Any]  # a size in pixels, and the pipeline's arguments beyond those of every picture


@dataclass(frozen=True)
class FlowStart:
    """A picture that begins from a sketch.

    pipeline: of image to image. sample: calls it, under the canvas. size: in pixels.
    """

    pipeline: Pipeline
    sketch: Sketch
    canvas: Canvas
    size: tuple[int, int]
    sample: Sample

    def begin(self) -> Begun:
        """Where sampling begins. The noise of `Begun` is not the picture's: the pipeline draws that by itself."""
        first, *others = self.sketch.pictures(self.canvas, *self.size)
        latent, shares = self._encoded(first)
        latents = [latent, *(self._encoded(picture)[0] for picture in others)]
        sigmas = [sigma_of(share) for share in shares]

        def denoised(x: torch.Tensor, index: int) -> torch.Tensor:
            return self._expected(x / sigmas[index], index, shares)

        return self.sketch.begin(self.canvas, torch.zeros_like(latent), sigmas, latents, denoised)

    def drawn(self, begun: Begun, steps: int, generators: Sequence[torch.Generator]) -> Any:
        """What the pipeline gives from there on. generators: of the pictures' noise, one each."""
        latent = begun.latent
        if latent is None:
            raise ValueError("without a latent a picture begins from noise alone")
        own = [torch.randn(1, *latent.shape[1:], generator=generator) for generator in generators]
        labels = self.sketch.labels(self.canvas, latent.shape[-1], latent.shape[-2])
        return self._sampled(latent, cleaned(torch.cat(own), labels), begun.index, steps)

    def _encoded(self, picture: NDArray[np.uint8]) -> tuple[torch.Tensor, list[float]]:
        """(1, C, H, W) in the denoiser's units, and the shares of noise of every step, with the last one's 0."""
        scheduler = self.pipeline.scheduler

        def hear(latent: torch.Tensor, *_: object) -> None:
            raise _Heard(latent[:1].clone(), [float(share) for share in scheduler.sigmas])

        height, width = picture.shape[:2]
        pixels = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255
        with attribute_replaced(scheduler, "scale_noise", hear):
            latent, shares = heard(lambda: self.sample((width, height), image=pixels, strength=1.0))
        return latent.reshape(1, -1, *latent.shape[-2:]).float(), shares

    def _expected(self, noise: torch.Tensor, index: int, shares: Sequence[float]) -> torch.Tensor:
        """What the first picture's step of that number expects behind its share of `noise` (1, C, H, W)."""

        def hear(velocity: torch.Tensor, _timestep: object, x: torch.Tensor, *_: object, **__: object) -> None:
            raise _Heard(x[:1].float() - shares[index] * velocity[:1].float())

        with attribute_replaced(self.pipeline.scheduler, "step", hear):
            (found,) = heard(lambda: self._sampled(torch.zeros_like(noise), noise, index, len(shares) - 1))
        if found.dim() == 3:  # patches side by side
            width, height = self.size
            found = self.pipeline._unpack_latents(found, height, width, self.pipeline.vae_scale_factor)
        expected: torch.Tensor = found.reshape(noise.shape)
        return expected

    def _sampled(self, latent: torch.Tensor, noise: torch.Tensor, index: int, steps: int) -> Any:
        """Sampled from step `index` on, from `latent` (1, C, H, W) under `noise` (1 or B, C, H, W)."""
        original = self.pipeline.scheduler.scale_noise

        def scale_noise(theirs: torch.Tensor, timestep: torch.Tensor, _noise: torch.Tensor) -> torch.Tensor:
            given = (one.to(theirs).expand(len(theirs), -1, -1, -1).reshape(theirs.shape) for one in (latent, noise))
            mixed: torch.Tensor = original(next(given), timestep, next(given))
            return mixed

        width, height = self.size
        strength = (steps - index - 0.25) / steps  # what is left out is rounded down
        with attribute_replaced(self.pipeline.scheduler, "scale_noise", scale_noise):
            return self.sample(self.size, image=torch.zeros(1, 3, height, width), strength=strength)


class _Heard(Exception):
    """What was to be heard of a pipeline, which need not go on."""


def heard(call: Callable[[], object]) -> tuple[Any, ...]:
    """What a `_Heard` that ends the call holds. Raises ValueError for a call that came to its own end."""
    try:
        call()
    except _Heard as told:
        return told.args
    raise ValueError("the pipeline never came to its scheduler")


@contextmanager
def attribute_replaced(owner: Any, name: str, value: object) -> Iterator[None]:
    """In this block the object has `value` in the place of what its class has under that name."""
    before = vars(owner).get(name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if before is None:
            delattr(owner, name)
        else:
            setattr(owner, name, before)
