"""Pipelines of flow matching that begin from pictures, where diffusers has them for noise alone."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import torch
from diffusers.utils.torch_utils import randn_tensor

from lib_omost.hosts.diffusers.shared.pipeline import left_out
from lib_omost.hosts.replaced import replaced


class FromPictures(ABC):
    """Put before such a pipeline in the bases of a class: its call then takes pictures and a strength.

    As in diffusers' own pipelines of image to image, a share of the schedule's steps is left out, rounded down, and the
    rest begins with the pictures' latents under the noise of the first step that is left.
    """

    scheduler: Any
    _execution_device: torch.device

    @abstractmethod
    def encoded(self, image: torch.Tensor, width: int, height: int) -> torch.Tensor:
        """(B, 3, H, W), 0…1 → (B, C, h, w) in the denoiser's units, as the pipeline takes `latents`."""

    @abstractmethod
    def shift(self, latents: torch.Tensor, steps: int, /) -> float:
        """What the pipeline tells its scheduler of a picture's size, for these latents."""

    @torch.no_grad()
    def __call__(
        self,
        *,
        image: torch.Tensor,
        strength: float,
        width: int,
        height: int,
        num_inference_steps: int,
        generator: list[torch.Generator],
        **keywords: Any,
    ) -> Any:
        """Pictures (B, 3, H, W), 0…1, noised to `strength` of the schedule → what the pipeline gives."""
        steps, scheduler = num_inference_steps, self.scheduler
        sigmas = np.linspace(1.0, 1 / steps, steps)
        skipped = left_out(steps, strength)
        clean = self.encoded(image, width, height)
        mu = self.shift(clean, steps)
        scheduler.set_timesteps(sigmas=sigmas, mu=mu, device=self._execution_device)
        scheduler.set_begin_index(skipped)
        noise = randn_tensor(clean.shape, generator=generator, device=clean.device, dtype=clean.dtype)
        begun = scheduler.scale_noise(clean, scheduler.timesteps[skipped : skipped + 1], noise)
        original = scheduler.set_timesteps

        @functools.wraps(original)
        def set_timesteps(*given: Any, **named: Any) -> None:
            original(*given, **named)
            scheduler.timesteps, scheduler.sigmas = scheduler.timesteps[skipped:], scheduler.sigmas[skipped:]

        with replaced(scheduler, "set_timesteps", set_timesteps):
            return super().__call__(  # type: ignore[misc]  # the pipeline's
                width=width,
                height=height,
                num_inference_steps=steps,
                sigmas=sigmas,
                latents=begun,
                generator=generator,
                **keywords,
            )
