"""Qwen-Image's autoencoder, which Anima's pipeline has, at the mini checkpoint's size: of pictures, without time."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator

import torch
from diffusers import AutoencoderKLQwenImage
from torch.nn import functional

from lib_omost.hosts.replaced import replaced
from mini_training.vae import Autoencoder


def build_image_vae() -> AutoencoderKLQwenImage:
    """As wide as the mini checkpoint's; 2.4 M parameters, most of them for earlier frames, of which none is."""
    return AutoencoderKLQwenImage(
        base_dim=16,
        z_dim=4,
        dim_mult=[1, 2, 4, 4],
        num_res_blocks=1,
        temperal_downsample=[False, False, False],
        latents_mean=[0.0] * 4,
        latents_std=[1.0] * 4,
    )


@contextlib.contextmanager
def on_single_frames(vae: AutoencoderKLQwenImage) -> Iterator[None]:
    """Inside, its convolutions leave out the frames of zeros before the one that there is: a third of the work."""
    with contextlib.ExitStack() as stack:
        for module in vae.modules():
            if isinstance(module, torch.nn.Conv3d):
                stack.enter_context(replaced(module, "forward", functools.partial(_on_single_frame, module)))
        yield


def _on_single_frame(conv: torch.nn.Conv3d, frame: torch.Tensor) -> torch.Tensor:
    """(B, C, 1, H, W): only the kernel's last slice meets it."""
    weight = conv.weight[:, :, -1]
    return functional.conv2d(frame[:, :, 0], weight, conv.bias, padding=weight.shape[-1] // 2)[:, :, None]


# its own `encode` and `decode` keep frames for the next ones, and cut colours off where learning needs their slope
OF_ANIMA = Autoencoder(
    build_image_vae,
    lambda vae, pictures: vae.quant_conv(vae.encoder(pictures[:, :, None]))[:, :, 0],
    lambda vae, latents: vae.decoder(vae.post_quant_conv(latents[:, :, None]))[:, :, 0],
    on_single_frames,
)
