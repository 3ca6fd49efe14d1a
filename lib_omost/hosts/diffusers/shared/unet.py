"""A UNet of diffusers as a `Denoiser`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.errors import OmostError
from lib_omost.hosts.cross_attention import CrossAttention, cross_attention_layers
from lib_omost.hosts.denoiser import Reading, argument, share_of_noise, unknown_model


@dataclass(frozen=True)
class UNetDenoiser:
    """`batch` pictures are drawn at once: their rows are a call's last ones, behind the unconditional ones.

    A second canvas is what these follow. steps: of the noise schedule that the model was trained on.
    """

    module: torch.nn.Module
    layers: tuple[CrossAttention, ...]
    batch: int
    steps: int = 1000

    def read(
        self, arguments: Sequence[Any], keywords: Mapping[str, Any], canvases: Sequence[torch.Tensor], /
    ) -> Reading:
        """Rows are told by their place, since what conditions the last ones is never read.

        Raises OmostError for other rows than one a picture, or two.
        """
        sample = argument(arguments, keywords, 0, "sample")
        if self.batch and len(sample) not in (self.batch, 2 * self.batch):
            raise OmostError(
                f"the UNet is given {len(sample)} rows for {self.batch} pictures, so which of them follow the canvas "
                "cannot be told",
                hint="say how many pictures in the settings (batch), and leave num_images_per_prompt at 1",
            )
        height, width = sample.shape[-2:]
        unconditional = 1 if len(canvases) > 1 else None
        carried = [unconditional] * (len(sample) - self.batch) + [0] * self.batch
        noise = share_of_noise(argument(arguments, keywords, 1, "timestep"), self.steps)
        return Reading(height, width, carried, noise)


def denoiser_of(unet: Any, batch: int) -> UNetDenoiser:
    """The UNet of a pipeline. Raises OmostError when it has no cross-attention, or another kind."""
    layers = tuple(_layer(name, attn) for name, attn in cross_attention_layers(unet))
    if not layers:
        raise unknown_model(unet)
    return UNetDenoiser(unet, layers, batch)


def _layer(name: str, attn: Any) -> CrossAttention:
    def to_out(hidden: torch.Tensor) -> torch.Tensor:
        projection, dropout = attn.to_out
        out: torch.Tensor = projection(hidden)
        return dropout(out) if dropout.training else out  # else nothing but a call, at every layer

    return CrossAttention(name, attn, ("hidden_states", "encoder_hidden_states"), to_out, scale=attn.scale)
