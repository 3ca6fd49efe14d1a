"""A method's sketch in a diffusers pipeline: the pipeline of img2img, given a latent and noise of the method's own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lib_omost.canvas import Canvas
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline
from lib_omost.hosts.host import LATENT_CELL
from lib_omost.hosts.replaced import replaced
from lib_omost.methods.sketch import Begun, Sketch, cleaned

Sample = Callable[..., Any]
"""A size in pixels, how many steps are drawn, the latent or picture to begin from (1, C, H, W), and the pipeline's
arguments beyond those of every picture: `generator` among them, without which the pictures' own stay as they are."""


@dataclass(frozen=True)
class SketchStart(ABC):
    """A picture that begins from a sketch.

    pipeline: of image to image. size: in pixels. steps: of the whole schedule. sample: calls the pipeline, under the
    canvas.
    """

    pipeline: Pipeline
    sketch: Sketch
    canvas: Canvas
    size: tuple[int, int]
    steps: int
    sample: Sample

    @abstractmethod
    def begin(self) -> Begun:
        """Where sampling begins. The noise of `Begun` is not the picture's, and counts for nothing."""

    @abstractmethod
    def drawn(self, begun: Begun, generators: Sequence[torch.Generator]) -> Any:
        """What the pipeline gives from there on; there must be a latent. generators: of the pictures' noise."""


class UNetStart(SketchStart):
    """Of a model whose noise lies on top of the latent."""

    def begin(self) -> Begun:
        """As `SketchStart` has it."""
        sigmas, (width, height) = schedule(self.pipeline.scheduler, self.steps), self.size
        size = (1, self.pipeline.unet.config.in_channels, height // LATENT_CELL, width // LATENT_CELL)
        latents = [encode(self.pipeline, picture) for picture in self.sketch.pictures(self.canvas, width, height)]

        def denoised(latent: torch.Tensor, index: int) -> torch.Tensor:
            return self._expected(latent / sigmas[index], index)

        return self.sketch.begin(self.canvas, torch.zeros(size, device=latents[0].device), sigmas, latents, denoised)

    def drawn(self, begun: Begun, generators: Sequence[torch.Generator]) -> Any:
        """As `SketchStart` has it; the pipeline draws the noise."""
        width, height = (side // LATENT_CELL for side in self.size)
        labels = self.sketch.labels(self.canvas, width, height)
        with noise_replaced(self.pipeline.scheduler, lambda noise: cleaned(noise, labels.to(noise.device))):
            return self.sample(
                self.size,
                self.steps - begun.index,
                begun.latent,
                strength=share(begun.index, self.steps),
                generator=generators,
            )

    def _expected(self, noise: torch.Tensor, index: int) -> torch.Tensor:
        """What the first picture's step `index` expects behind `noise` (1, C, H, W) times its σ alone."""
        found: list[torch.Tensor] = []

        def stop(running: Any, _step: int, _timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
            found.append(running.scheduler.model_outputs[-1][:1].clone())
            running._interrupt = True  # as diffusers' own guide for callbacks says
            return values

        with noise_replaced(self.pipeline.scheduler, lambda theirs: noise.to(theirs).expand_as(theirs)):
            self.sample(
                self.size,
                1,
                torch.zeros_like(noise),
                strength=share(index, self.steps),
                output_type="latent",
                callback_on_step_end=stop,
            )
        return found[0]


def schedule(scheduler: Any, steps: int) -> list[float]:
    """σ of every step, in units of a latent that is not scaled down as noise is added, and the last one's 0."""
    own = type(scheduler).from_config(scheduler.config)
    own.set_timesteps(steps)
    return [float(sigma) for sigma in own.sigmas]


def encode(pipeline: Pipeline, picture: NDArray[np.uint8]) -> torch.Tensor:
    """(H, W, 3) → (1, C, H/8, W/8), the middle of what the VAE says, in the denoiser's units."""
    return encoded(pipeline.vae, picture) * float(pipeline.vae.config.scaling_factor)


@torch.no_grad()
def encoded(vae: Any, picture: NDArray[np.uint8]) -> torch.Tensor:
    """(H, W, 3) → (1, C, H/8, W/8), or (1, C, 1, H/8, W/8) by a video's VAE: the middle of what it says."""
    dtype = vae.dtype
    pixels = torch.from_numpy(picture.astype(np.float32) / 127.5 - 1).permute(2, 0, 1).unsqueeze(0)
    if "temperal_downsample" in vae.config:  # as diffusers writes it
        pixels = pixels.unsqueeze(2)
    widens = dtype == torch.float16 and vae.config.get("force_upcast", False)
    try:
        if widens:  # SDXL's overflows in half precision
            vae.to(torch.float32)
        latent: torch.Tensor = vae.encode(pixels.to(vae.device, vae.dtype)).latent_dist.mode()
    finally:
        if widens:
            vae.to(dtype)
    return latent


def noise_replaced(scheduler: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> AbstractContextManager[None]:
    """The noise that img2img adds is `change` of what it drew, in this block."""
    original = scheduler.add_noise

    def add_noise(latent: torch.Tensor, noise: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
        noisy: torch.Tensor = original(latent, change(noise), timesteps)
        return noisy

    return replaced(scheduler, "add_noise", add_noise)


def share(index: int, steps: int) -> float:
    """The strength at which img2img begins with step `index`; half a step more, so that it is not rounded off."""
    return min(1.0, (steps - index + 0.5) / steps)
