"""First stage: the autoencoder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL

from lib_omost.mini.scenes import BACKGROUND_COLORS, OBJECT_COLORS, Image, draw, random_thing
from mini_training.architecture import build_vae
from mini_training.loop import Course, train
from mini_training.processes import Group
from mini_training.settings import Settings

_CROP = 64
_NARROW = -8.0  # log variance of every latent after whitening


def trained_vae(settings: Settings, run: Path, group: Group) -> AutoencoderKL:
    """The trained autoencoder, its latents white (mean 0, covariance 1)."""
    torch.manual_seed(settings.seed)
    vae = build_vae()
    course = Course(
        "vae", settings.vae_steps, rate=2e-3, last_rate=2e-5, averaging=0.998, save_every=settings.save_every
    )

    def loss_of(step: int) -> torch.Tensor:
        rng = np.random.default_rng([settings.seed, 1, step])
        pictures = group.share(as_tensor(np.stack([dense_picture(rng) for _ in range(settings.vae_batch)])))
        noise = group.share(
            torch.from_numpy(rng.standard_normal((settings.vae_batch, 4, _CROP // 8, _CROP // 8))).float()
        )
        posterior = vae.encode(pictures).latent_dist
        rebuilt = vae.decode(posterior.mean + posterior.std * noise).sample
        loss: torch.Tensor = torch.nn.functional.mse_loss(rebuilt, pictures) + 1e-6 * posterior.kl().mean()
        return loss

    train(vae, loss_of, course, run / "vae.pt", group)
    rng = np.random.default_rng([settings.seed, 2])
    whiten(vae, as_tensor(np.stack([dense_picture(rng) for _ in range(512)])))
    return vae.eval().requires_grad_(False)


def dense_picture(rng: np.random.Generator) -> Image:
    """A crowded crop over a coloured background; (64, 64, 3).

    On pictures as plain as those of the second stage an autoencoder learns lightness alone.
    """
    colors = np.array([*OBJECT_COLORS.values(), *BACKGROUND_COLORS.values()])
    chosen = colors[rng.integers(len(colors), size=9)]
    mixed = rng.uniform(0, 255, chosen.shape)
    chosen = np.where(rng.random((9, 1)) < 0.25, mixed, chosen)
    things = [random_thing(rng, "", 0.4) for _ in range(rng.integers(0, 9))]
    red, green, blue = chosen[0]
    return draw((red, green, blue), [(t, (r, g, b)) for t, (r, g, b) in zip(things, chosen[1:], strict=False)], _CROP)


def as_tensor(pictures: np.ndarray) -> torch.Tensor:
    """(B, H, W, 3) in 0…255 → (B, 3, H, W) in −1…1."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1


@torch.no_grad()
def whiten(vae: AutoencoderKL, pictures: torch.Tensor) -> None:
    """Fold the affine map that whitens the latents of `pictures` into the 1 × 1 convolutions around them.

    The posterior becomes narrow and constant: what is encoded afterwards is its mean.
    """
    latents = torch.cat([vae.encode(part).latent_dist.mean for part in pictures.split(32)])
    points = latents.transpose(0, 1).flatten(1).double()  # (4, B·h·w)
    centre = points.mean(1)
    values, vectors = torch.linalg.eigh(torch.cov(points))
    forward = vectors @ torch.diag(values.rsqrt()) @ vectors.T
    backward = vectors @ torch.diag(values.sqrt()) @ vectors.T

    into, out = vae.quant_conv, vae.post_quant_conv
    into.weight[:4] = torch.einsum("ij,jkhw->ikhw", forward, into.weight[:4].double()).float()
    into.bias[:4] = (forward @ (into.bias[:4].double() - centre)).float()
    into.weight[4:] = 0
    into.bias[4:] = _NARROW
    kernel = out.weight[:, :, 0, 0].double()
    out.bias += (kernel @ centre).float()
    out.weight[:, :, 0, 0] = (kernel @ backward).float()
