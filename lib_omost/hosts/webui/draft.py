"""The draft as the start of txt2img: encoded by the host's VAE, then sampled as img2img does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from lib_omost.canvas import Canvas, draft_image
from lib_omost.hosts.webui.host import Processing


def draft_latent(p: Processing, canvas: Canvas, *, width: int, height: int, batch: int) -> torch.Tensor:
    """(batch, 4, height/8, width/8): the blurred draft as the host's VAE encodes pictures for img2img."""
    from modules import sd_samplers_common

    pixels = torch.from_numpy(draft_image(canvas, width, height, blurred=True)).permute(2, 0, 1).float() / 255
    latent: torch.Tensor = sd_samplers_common.images_tensor_to_samples(pixels.unsqueeze(0), None, p.sd_model)
    return latent.expand(batch, -1, -1, -1).clone()


@contextmanager
def denoising_strength(p: Processing, denoise: float) -> Iterator[None]:
    """The job's denoising strength while the block runs; the hires pass and the infotext read the user's own."""
    before = p.denoising_strength
    p.denoising_strength = denoise
    try:
        yield
    finally:
        p.denoising_strength = before
