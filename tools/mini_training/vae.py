"""First stage: the autoencoder, and then its decoder once more for latents that are not quite right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL

from lib_omost.errors import BadInputError
from lib_omost.mini.palette import COLORS, KINDS, TONES
from lib_omost.mini.scenes import Image, draw, draw_scene, random_scene, random_thing
from lib_omost.mini.worlds import THINGS_WORLD
from mini_training.architecture import build_vae
from mini_training.loop import Course, train
from mini_training.processes import Group
from mini_training.settings import Settings

_CROP = 64
_NARROW = -8.0  # log variance of every latent after whitening
_KL = 2e-6
_LATENT_NOISE = 0.2  # the most that the decoder learns to see through; whitened latents have a deviation of 1


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


def trained_vae(settings: Settings, run: Path, group: Group, *, as_it_stands: bool = False) -> AutoencoderKL:
    """The trained autoencoder, its latents white (mean 0, covariance 1)."""
    torch.manual_seed(settings.seed)
    vae = build_vae()

    def batch(stage: int, step: int) -> tuple[torch.Tensor, torch.Tensor, np.random.Generator]:
        rng = np.random.default_rng([settings.seed, stage, step])
        pictures = np.stack([training_picture(rng) for _ in range(settings.vae_batch)])
        noise = rng.standard_normal((settings.vae_batch, 4, _CROP // 8, _CROP // 8), dtype=np.float32)
        return group.share(as_tensor(pictures)), group.share(torch.from_numpy(noise)), rng

    def loss_of_both(step: int) -> torch.Tensor:
        pictures, noise, _ = batch(1, step)
        posterior = vae.encode(pictures).latent_dist
        rebuilt = vae.decode(posterior.mean + posterior.std * noise).sample
        loss: torch.Tensor = sharp_loss(rebuilt, pictures) + _KL * posterior.kl().mean()
        return loss

    def loss_of_decoder(step: int) -> torch.Tensor:
        pictures, noise, rng = batch(5, step)
        levels = group.share(torch.from_numpy(rng.uniform(0, _LATENT_NOISE, (settings.vae_batch, 1, 1, 1))).float())
        with torch.no_grad():
            latents = vae.encode(pictures).latent_dist.mean
        return sharp_loss(vae.decode(latents + levels * noise).sample, pictures)

    whole = Course(
        "vae", settings.vae_steps, rate=2e-3, last_rate=2e-5, averaging=0.998, save_every=settings.save_every
    )
    file = run / "decoder.pt"
    is_settled = file.exists()  # what follows rests on the encoder: it learns no more
    train(vae, loss_of_both, whole, run / "vae.pt", group, as_it_stands=as_it_stands or is_settled)
    rng = np.random.default_rng([settings.seed, 2])
    whiten(vae, as_tensor(np.stack([training_picture(rng) for _ in range(512)])))
    vae.encoder.requires_grad_(False)
    decoder = torch.nn.ModuleList([vae.post_quant_conv, vae.decoder])
    again = Course(
        "decoder", settings.decoder_steps, rate=1e-3, last_rate=1e-5, averaging=0.998, save_every=settings.save_every
    )
    if is_settled or not as_it_stands:
        train(decoder, loss_of_decoder, again, file, group, as_it_stands=as_it_stands)
    return vae.eval().requires_grad_(False)


def sharp_loss(rebuilt: torch.Tensor, pictures: torch.Tensor) -> torch.Tensor:
    """Mean absolute error of (B, 3, H, W) and of its differences to the right and down, which a blurred edge costs."""
    error = rebuilt - pictures
    right, down = error.diff(dim=-1), error.diff(dim=-2)
    loss: torch.Tensor = error.abs().mean() + right.abs().mean() + down.abs().mean()
    return loss


def training_picture(rng: np.random.Generator) -> Image:
    """A crowded picture or a piece of one of the second stage's, each as often; (64, 64, 3)."""
    if rng.random() < 0.5:
        return dense_picture(rng)
    whole = draw_scene(random_scene(rng, world=THINGS_WORLD))
    row, column = rng.integers(0, whole.shape[0] - _CROP + 1, 2)
    return whole[row : row + _CROP, column : column + _CROP]


def dense_picture(rng: np.random.Generator) -> Image:
    """A crowded crop over a coloured background; (64, 64, 3).

    On pictures as plain as those of the second stage an autoencoder learns lightness alone.
    """
    colors = np.array(list({**COLORS, **TONES}.values()))
    chosen = colors[rng.integers(len(colors), size=9)]
    mixed = rng.uniform(0, 255, chosen.shape)
    chosen = np.where(rng.random((9, 1)) < 0.25, mixed, chosen)
    things = [random_thing(rng, "", 0.4, KINDS) for _ in range(rng.integers(0, 9))]
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
