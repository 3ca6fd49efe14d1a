"""First stage: an autoencoder for latents that are given (`linear.py`): an encoder reads them, a decoder draws them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL

from lib_omost.errors import BadInputError
from mini_training.architecture import build_vae
from mini_training.feeding import Batch
from mini_training.linear import latents_of
from mini_training.loop import Course, train
from mini_training.pictures import CROP, as_tensor, training_picture
from mini_training.processes import Group
from mini_training.settings import Settings

_NARROW = -8.0  # log variance of every latent: what is encoded is its mean
_READING = 0.5  # what a wrong latent counts beside a wrong pixel
_LATENT_NOISE = 0.2  # the most that the decoder learns to see through; latents have a deviation of 1


@dataclass(frozen=True)
class Autoencoder:
    """A class of autoencoders.

    build: an untrained one. read: it and (B, 3, H, W) → (B, 8, H/8, W/8), means and log variances.
    drawn: it and (B, 4, H/8, W/8) → (B, 3, H, W). learning: around all calls of it while it learns.
    """

    build: Callable[[], Any]
    read: Callable[[Any, torch.Tensor], torch.Tensor]
    drawn: Callable[[Any, torch.Tensor], torch.Tensor]
    learning: Callable[[Any], AbstractContextManager[None]] = lambda _: nullcontext()


OF_SD1 = Autoencoder(
    build_vae,
    lambda vae, pictures: vae.encode(pictures).latent_dist.parameters,
    lambda vae, latents: vae.decode(latents).sample,
)


def trained_before(folder: Path) -> AutoencoderKL:
    """The autoencoder in a diffusers folder. Raises BadInputError for what is none of this architecture."""
    try:
        vae = AutoencoderKL.from_pretrained(folder, torch_dtype=torch.float32, local_files_only=True)
    except Exception as error:  # what diffusers raises for a file that is missing or wrong is its own
        raise BadInputError(
            f"{folder} holds no autoencoder: {error}", hint="name a folder that diffusers wrote"
        ) from error
    wanted, found = ({name: value.shape for name, value in one.state_dict().items()} for one in (build_vae(), vae))
    if wanted != found:
        raise BadInputError(f"{folder} holds another kind of autoencoder", hint="name one that this command trained")
    return vae.eval().requires_grad_(False)


def trained_vae(
    settings: Settings, run: Path, group: Group, *, kind: Autoencoder = OF_SD1, as_it_stands: bool = False
) -> Any:
    """The trained autoencoder, whose latents are those of `latents_of` as far as it has learned them."""
    torch.manual_seed(settings.seed)
    vae = kind.build().to(group.device)

    def batch_of(step: int) -> Batch:
        """(B, 3, 64, 64) pictures, and their latents twice, (B, 4, 8, 8): as they are and with noise."""
        rng = np.random.default_rng([settings.seed, 1, step])
        count = settings.vae_batch
        pictures = group.share(as_tensor(np.stack([training_picture(rng) for _ in range(count)])))
        noise = rng.uniform(0, _LATENT_NOISE, (count, 1, 1, 1)) * rng.standard_normal((count, 4, *(2 * [CROP // 8])))
        latents = latents_of(pictures)
        return pictures, latents, latents + group.share(torch.from_numpy(noise).float())

    def loss_of(batch: Batch) -> torch.Tensor:
        pictures, latents, noisy = batch
        read = kind.read(vae, pictures)[:, :4]
        drawn = kind.drawn(vae, noisy)
        loss: torch.Tensor = sharp_loss(drawn, pictures) + _READING * (read - latents).square().mean()
        return loss

    course = Course(
        "vae", settings.vae_steps, rate=2e-3, last_rate=1e-5, averaging=0.998, save_every=settings.save_every
    )
    with kind.learning(vae):
        train(vae, batch_of, loss_of, course, state=run / "vae.pt", group=group, as_it_stands=as_it_stands)
    _narrow(vae)
    return vae.cpu().eval().requires_grad_(False)


def sharp_loss(rebuilt: torch.Tensor, pictures: torch.Tensor) -> torch.Tensor:
    """Mean absolute error of (B, 3, H, W) and of its differences to the right and down, which a blurred edge costs."""
    error = rebuilt - pictures
    right, down = error.diff(dim=-1), error.diff(dim=-2)
    loss: torch.Tensor = error.abs().mean() + right.abs().mean() + down.abs().mean()
    return loss


@torch.no_grad()
def _narrow(vae: Any) -> None:
    """Make the posterior's variance small and the same everywhere."""
    vae.quant_conv.weight[4:] = 0
    vae.quant_conv.bias[4:] = _NARROW
