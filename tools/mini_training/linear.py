"""The mini checkpoint's latents: a linear map of the picture, which both halves of its autoencoder learn.

Each cell is the mean colour of its 8 × 8 pixels and how much brighter their upper half is, whitened. A code that an
autoencoder finds by itself packs two colours and an edge into four numbers as it likes, and its denoiser draws blobs:
latents are learned easily when, as here, they shrink with the picture (Skorokhodov et al. 2025, arXiv 2502.14831).
"""

from __future__ import annotations

import functools

import numpy as np
import torch
from diffusers import AutoencoderKL

from lib_omost.errors import BadInputError
from lib_omost.mini.scenes import SIZE, draw_scene, random_scene
from lib_omost.mini.worlds import THINGS_WORLD
from mini_training.architecture import LATENT
from mini_training.pictures import as_tensor

_CELL = SIZE // LATENT
_LOOKED_AT, _OFF = 8, 0.3  # pictures, and the root of the mean square: latents have a deviation of 1
_SCENES = 512  # of which the mean and covariance are taken


def latents_of(pictures: torch.Tensor) -> torch.Tensor:
    """(B, 3, H, W) in −1…1 → (B, 4, H/8, W/8), with mean 0 and covariance 1 over the pictures of the second stage."""
    centre, whiten = _whitening()
    return torch.einsum("ij,bjhw->bihw", whiten, _means(pictures) - centre[:, None, None])


@torch.no_grad()
def require_linear(vae: AutoencoderKL) -> None:
    """Raise BadInputError for an autoencoder whose latents are others than these."""
    rng = np.random.default_rng(1)
    pictures = as_tensor(np.stack([draw_scene(random_scene(rng, world=THINGS_WORLD)) for _ in range(_LOOKED_AT)]))
    error = vae.encode(pictures).latent_dist.mode() - latents_of(pictures)
    if error.square().mean().sqrt() > _OFF:
        raise BadInputError(
            "its autoencoder has a code of its own", hint="name a checkpoint that tools/train_mini.py made"
        )


def _means(pictures: torch.Tensor) -> torch.Tensor:
    """(B, 4, H/8, W/8): red, green and blue, and the upper half's lightness less the lower's."""
    halves = pictures.unflatten(3, (-1, _CELL)).unflatten(2, (-1, _CELL // 2)).mean((3, 5))  # (B, 3, H/4, W/8)
    upper, lower = halves[:, :, 0::2], halves[:, :, 1::2]
    return torch.cat([(upper + lower) / 2, (upper - lower).mean(1, keepdim=True)], 1)


@functools.cache
def _whitening() -> tuple[torch.Tensor, torch.Tensor]:
    """(4,) centre and (4, 4) matrix."""
    rng = np.random.default_rng(0)
    scenes = [random_scene(rng, world=THINGS_WORLD) for _ in range(_SCENES)]
    points = _means(as_tensor(np.stack([draw_scene(scene) for scene in scenes]))).transpose(0, 1).flatten(1).double()
    values, vectors = torch.linalg.eigh(torch.cov(points))
    matrix = vectors @ torch.diag(values.rsqrt()) @ vectors.T
    return points.mean(1).float(), matrix.float()
