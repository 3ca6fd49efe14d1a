"""What stands where, asked of the UNet's own features while it learns: the noise's error alone teaches colours long
before shapes, since a wrong outline is a small part of it.

As features of a denoiser learn faster when they have to agree with what a picture shows (REPA, Yu et al. 2024, arXiv
2410.06940); here the scene itself says what that is. The probe is left behind when the UNet is written.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from diffusers import UNet2DConditionModel
from torch.nn import functional

from lib_omost.mini.scenes import SIZE
from mini_training.architecture import LATENT

_CELL = SIZE // LATENT
_HIDDEN = 128
_WEIGHT = 0.05  # beside the noise's error, of which a few thousandths are a question of shape
_NOTHING = 0.2  # what a cell without a thing counts

Labels = tuple[torch.Tensor, torch.Tensor]


def labels_of(segments: torch.Tensor, numbers: torch.Tensor) -> Labels:
    """What each cell of the latent shows: (B, 16, 16) kinds, 0 for nothing, else from 1; and (B, 64, 16, 16), 1 for
    those of its 8 × 8 pixels that are of a thing. segments: (B, 128, 128), numbers: (B, 5), see `segmentation`."""
    pixels = numbers.gather(1, segments.flatten(1).long()).view_as(segments)
    cells = functional.pixel_unshuffle(pixels[:, None], _CELL)  # (B, 64, 16, 16)
    inside = (cells > 0).float()
    return torch.where(inside.mean(1) > 0, cells.amax(1), 0), inside


class Probe(torch.nn.Module):
    """Reads kinds and outlines from what the UNet's last block but one gives. `kinds`: how many there are."""

    def __init__(self, unet: UNet2DConditionModel, kinds: int) -> None:
        super().__init__()
        width = unet.config["block_out_channels"][1]
        self.kinds = kinds + 1
        self.read = torch.nn.Sequential(
            torch.nn.Conv2d(width, _HIDDEN, 1),
            torch.nn.SiLU(),
            torch.nn.Conv2d(_HIDDEN, self.kinds + _CELL * _CELL, 1),
        )

    @contextlib.contextmanager
    def watching(self, unet: UNet2DConditionModel) -> Iterator[list[torch.Tensor]]:
        """Inside, the list holds the features of the UNet's last call, (B, 128, 16, 16)."""
        seen: list[torch.Tensor] = []

        def note(_module: torch.nn.Module, _given: object, features: torch.Tensor) -> None:
            seen[:] = [features]

        handle = unet.up_blocks[-2].register_forward_hook(note)
        try:
            yield seen
        finally:
            handle.remove()

    def loss(self, features: torch.Tensor, labels: Labels) -> torch.Tensor:
        """How badly features of pictures tell what they show, (B,)."""
        kinds, inside = labels
        told = self.read(features)  # (B, kinds + 64, 16, 16)
        counts = torch.where(kinds > 0, 1.0, _NOTHING)
        names = functional.cross_entropy(told[:, : self.kinds], kinds, reduction="none") * counts
        outlines = functional.binary_cross_entropy_with_logits(told[:, self.kinds :], inside, reduction="none")
        return _WEIGHT * (names.mean((1, 2)) + outlines.mean((1, 2, 3)))
