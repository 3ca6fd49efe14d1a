"""What another denoiser that knows the world already takes a noisy picture for.

A denoiser's error is least where it gives the mean of all pictures that may lie behind the noise (Karras et al. 2022,
arXiv 2206.00364, appendix B.3). One sample says little of that mean, a teacher's answer most of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from mini_training.precision import fastest_precision

_LEAST = 1e-3  # of noise: its σ is below the least that a schedule has


@dataclass(frozen=True)
class Teacher:
    """The UNet of a mini checkpoint and its text encoder.

    alphas: (T,), ᾱ of its timesteps, which descend. It learned v (Salimans and Ho 2022) or the noise.
    """

    unet: Any
    text_encoder: Any
    alphas: torch.Tensor
    learned_v: bool

    @torch.no_grad()
    def picture(
        self, clean: torch.Tensor, noise: torch.Tensor, share: torch.Tensor, tokens: torch.Tensor
    ) -> torch.Tensor:
        """(B, 4, 16, 16): the mean of the pictures behind `clean` with so large a `share` (B,) of noise.

        tokens: (B, 77), of the captions. More noise than the teacher knows is taken for the most that it knows.
        """
        sigmas = ((1 - self.alphas) / self.alphas).sqrt()
        share = share.clamp(_LEAST, 1 - _LEAST)
        wanted = share / (1 - share)
        timesteps = (sigmas.log() - wanted.log()[:, None]).abs().argmin(1)
        alpha = self.alphas[timesteps][:, None, None, None]
        noisy = alpha.sqrt() * clean + (1 - alpha).sqrt() * noise
        with fastest_precision(clean.device):
            context = self.text_encoder(tokens).last_hidden_state
            guess = self.unet(noisy, timesteps, context).sample.float()
        noise_of_it = (1 - alpha).sqrt() * guess
        found: torch.Tensor = (
            alpha.sqrt() * noisy - noise_of_it if self.learned_v else (noisy - noise_of_it) / alpha.sqrt()
        )
        return found


def teacher_of(mini: Any, device: torch.device) -> Teacher:
    """That of a mini checkpoint, on the device."""
    unet, text_encoder = (part.to(device).eval().requires_grad_(False) for part in (mini.unet, mini.text_encoder))
    alphas = mini.scheduler.alphas_cumprod.to(device)
    return Teacher(unet, text_encoder, alphas, mini.scheduler.config["prediction_type"] == "v_prediction")
