"""What the two mini transformers differ in: their networks, and how these read a text.

Nearly all else they share (`transformer.py`): samples, teacher, probe, the words shown where they belong, optimizer.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch

from lib_omost.mini.worlds import World
from mini_training.architecture import LATENT

PATCH = 2  # cells of the latent along a side of a position
SIDE = LATENT // PATCH
Texts = tuple[torch.Tensor, ...]  # encoded: (B, T) ids of T5's first, by which phrases are found


class Guess(NamedTuple):
    """What the networks say of B noisy pictures, and what was seen of them on the way.

    way: (B, 4, 16, 16), from picture to noise. features: (B, C, 8, 8), of the last block but one.
    heard: (B, heads, 64, T) of each layer that is looked at, what pictures attend to of the texts.
    """

    way: torch.Tensor
    features: torch.Tensor
    heard: list[torch.Tensor]


class Blocks(Protocol):
    """Networks of one kind, which learn together."""

    @property
    def networks(self) -> Sequence[torch.nn.Module]:
        """The transformer and what reads texts for it."""
        ...

    @property
    def tokenizer(self) -> Any:
        """T5's, of `t5_words`."""
        ...

    @property
    def width(self) -> int:
        """Channels of the features."""
        ...

    def encoded(self, texts: Sequence[str], rngs: Sequence[np.random.Generator]) -> Texts:
        """Texts as tensors, on the CPU. Some get strange words, so that what a canvas says beside does not drown."""
        ...

    def predicted(self, noisy: torch.Tensor, share: torch.Tensor, texts: Texts) -> torch.Tensor:
        """(B, 4, 16, 16) with `share` (B,) of noise → the way from picture to noise, as the pipeline asks for it."""
        ...

    def guessed(self, noisy: torch.Tensor, share: torch.Tensor, texts: Texts) -> Guess:
        """The same, watched."""
        ...

    def save(self, folder: Path, vae: Any, world: World) -> None:
        """Write a diffusers folder in fp16, with its world beside it. The parts stay as they are."""
        ...


def as_image(states: torch.Tensor) -> torch.Tensor:
    """(B, 64, C) → (B, C, 8, 8), in float32."""
    image: torch.Tensor = states.float().transpose(1, 2).unflatten(2, (SIDE, SIDE))
    return image
