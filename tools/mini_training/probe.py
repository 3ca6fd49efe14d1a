"""What stands where, asked of a denoiser's own features while it learns: the noise's error alone teaches colours long
before shapes, since a wrong outline is a small part of it.

As features of a denoiser learn faster when they have to agree with what a picture shows (REPA, Yu et al. 2024, arXiv
2410.06940); here the scene itself says what that is. The probe is left behind when the denoiser is written.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
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
    """Reads kinds and outlines from features of `width` channels, each of which is of `patch` × `patch` cells.

    kinds: how many there are.
    """

    def __init__(self, width: int, kinds: int, patch: int = 1) -> None:
        super().__init__()
        self.kinds = kinds + 1
        self.read = torch.nn.Sequential(
            torch.nn.Conv2d(width, _HIDDEN, 1),
            torch.nn.SiLU(),
            torch.nn.Conv2d(_HIDDEN, (self.kinds + _CELL * _CELL) * patch**2, 1),
            torch.nn.PixelShuffle(patch),
        )

    def loss(self, features: torch.Tensor, labels: Labels) -> torch.Tensor:
        """How badly features of pictures, (B, width, 16 / patch, 16 / patch), tell what they show, (B,)."""
        kinds, inside = labels
        told = self.read(features)  # (B, kinds + 64, 16, 16)
        counts = torch.where(kinds > 0, 1.0, _NOTHING)
        names = functional.cross_entropy(told[:, : self.kinds], kinds, reduction="none") * counts
        outlines = functional.binary_cross_entropy_with_logits(told[:, self.kinds :], inside, reduction="none")
        return _WEIGHT * (names.mean((1, 2)) + outlines.mean((1, 2, 3)))


@contextlib.contextmanager
def watching(block: torch.nn.Module) -> Iterator[list[torch.Tensor]]:
    """Inside, the list holds what the block's last call gave."""
    seen: list[torch.Tensor] = []

    def note(_module: torch.nn.Module, _given: object, features: torch.Tensor) -> None:
        seen[:] = [features]

    handle = block.register_forward_hook(note)
    try:
        yield seen
    finally:
        handle.remove()
