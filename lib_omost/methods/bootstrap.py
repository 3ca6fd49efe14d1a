"""MultiDiffusion's bootstrapping: in a run's first steps a region's call sees a flat colour around its region.

Else its thing would be drawn anywhere, and cut off at the region's mask (Bar-Tal et al. 2023, arXiv 2302.08113, on
fidelity to tight masks). What stands outside of the mask is a colour under the noise of the step, √ᾱₜ·c + √(1 - ᾱₜ)·n:
another colour at each step and in each region, the same noise all along. ᾱ is that of the schedule that Stable
Diffusion's family is trained on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lib_omost.attention.layout import Layout

SIDE = 128  # pixels, of a flat picture
_STEPS, _FIRST_BETA, _LAST_BETA = 1000, 0.00085, 0.012
_MANY = 2**16  # more than there are regions


@dataclass(frozen=True)
class Bootstrap:
    """least_noise: of the steps that are bootstrapped; 0.6 are the paper's 20 of 50. colors: how many there are."""

    least_noise: float = 0.6
    colors: int = 8

    def pictures(self) -> list[NDArray[np.uint8]]:
        """(SIDE, SIDE, 3) each, flat: their latents are the colours."""
        rng = np.random.default_rng(0)
        return [np.full((SIDE, SIDE, 3), rng.integers(0, 256, 3), np.uint8) for _ in range(self.colors)]

    def around(
        self, latent: torch.Tensor, layout: Layout, number: int, colors: torch.Tensor, noise: float
    ) -> torch.Tensor:
        """(C, H, W) in the scale that the denoiser is given → the same within the mask of the span of that number.

        colors: (n, c): of the latent the first c channels are the picture, others what an inpainting model is given.
        What is drawn depends on the span and the noise alone, not on other rows.
        """
        mask = region_mask(layout, number).to(latent)
        choice = torch.Generator().manual_seed(round(noise * _STEPS) * _MANY + number)
        color = colors[int(torch.randint(len(colors), (1,), generator=choice))].to(latent)
        picture, more = latent[: len(color)], latent[len(color) :]
        own = torch.randn(picture.shape, generator=torch.Generator().manual_seed(number)).to(latent)
        kept = alpha_bar(noise)
        flat = math.sqrt(kept) * color[:, None, None] + math.sqrt(1 - kept) * own
        return torch.cat([picture * mask + flat * (1 - mask), more])


def alpha_bar(noise: float) -> float:
    """ᾱ at a share of noise, which is the timestep over 1000: √β rises evenly from the first step to the last."""
    betas = np.linspace(math.sqrt(_FIRST_BETA), math.sqrt(_LAST_BETA), _STEPS) ** 2
    last = min(_STEPS - 1, max(0, round(noise * _STEPS)))
    return float(np.prod(1 - betas[: last + 1]))


def region_mask(layout: Layout, number: int) -> torch.Tensor:
    """(H, W) float32 on the CPU: 1 where the span of that number holds, between 0 and 1 on a soft edge."""
    span = layout.spans[number]
    mask = torch.zeros(layout.height, layout.width)
    mask[span.box.slices] = 1.0 if span.fade is None else span.fade.values
    return mask


def middle_of(latent: torch.Tensor) -> torch.Tensor:
    """(C,) float32: the colour of a flat picture's latent (1, C, H, W), away from its edges."""
    down, across = latent.shape[-2] // 4, latent.shape[-1] // 4
    return latent[0, :, down : latent.shape[-2] - down, across : latent.shape[-1] - across].float().mean((1, 2))
