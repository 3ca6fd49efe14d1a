"""A method's start in txt2img: its picture encoded by the host's VAE, then sampled as img2img does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lib_omost.canvas import Canvas
from lib_omost.hosts.replaced import replaced
from lib_omost.hosts.webui.capabilities.processing import Processing, latent_cell
from lib_omost.methods.start import Start

TAKEN_UP = "ini_latent"  # where Forge Neo's models keep what was encoded last, to refer to


def start_latent(p: Processing, start: Start, canvas: Canvas, noise: torch.Tensor) -> torch.Tensor:
    """As (batch, …, H, W) of the first pass's noise: the start's picture as the host's VAE encodes it for img2img.

    Its size follows the noise, since some hosts round the sizes that they are asked for.
    """
    rows, columns = noise.shape[-2:]
    latent, _ = encoded_over(p, rows, columns, lambda width, height: start.paint(canvas, width, height))
    return latent.expand(len(noise), *latent.shape[1:]).clone()


def encoded_over(
    p: Processing, rows: int, columns: int, paint: Callable[[int, int], NDArray[np.uint8]]
) -> tuple[torch.Tensor, int]:
    """What is painted for a width and height, encoded to so many rows and columns; and the cell, in pixels."""
    said = latent_cell()
    latent = encoded(p, paint(columns * said, rows * said))
    cell = said * round(rows / latent.shape[-2])  # some VAEs have larger ones
    return (latent if cell == said else encoded(p, paint(columns * cell, rows * cell))), cell


def encoded(p: Processing, picture: NDArray[np.uint8]) -> torch.Tensor:
    """(height, width, 3) → (1, …, H, W), as the host's VAE encodes pictures for img2img.

    Of models that edit pictures a host takes up what it encodes: the next job would be given it as its own.
    """
    from modules import sd_samplers_common

    pixels = torch.from_numpy(picture).permute(2, 0, 1).float() / 255
    model: Any = p.sd_model
    with replaced(model, TAKEN_UP, getattr(model, TAKEN_UP)) if hasattr(model, TAKEN_UP) else nullcontext():
        latent: torch.Tensor = sd_samplers_common.images_tensor_to_samples(pixels.unsqueeze(0), None, model)
    return latent


@contextmanager
def denoising_strength(p: Processing, denoise: float) -> Iterator[None]:
    """The job's denoising strength while the block runs; the hires pass and the infotext read the user's own."""
    before = p.denoising_strength
    p.denoising_strength = denoise
    try:
        yield
    finally:
        p.denoising_strength = before
