"""The pictures that the autoencoder learns from, and pictures as tensors."""

from __future__ import annotations

import numpy as np
import torch

from lib_omost.mini.palette import COLORS, KINDS, TONES
from lib_omost.mini.scenes import Image, draw, draw_scene, random_scene, random_thing
from lib_omost.mini.worlds import THINGS_WORLD

CROP = 64


def training_picture(rng: np.random.Generator) -> Image:
    """A crowded picture or a piece of one of the second stage's, each as often; (64, 64, 3)."""
    if rng.random() < 0.5:
        return dense_picture(rng)
    whole = draw_scene(random_scene(rng, world=THINGS_WORLD))
    row, column = rng.integers(0, whole.shape[0] - CROP + 1, 2)
    return whole[row : row + CROP, column : column + CROP]


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
    return draw((red, green, blue), [(t, (r, g, b)) for t, (r, g, b) in zip(things, chosen[1:], strict=False)], CROP)


def as_tensor(pictures: np.ndarray) -> torch.Tensor:
    """(B, H, W, 3) in 0…255 → (B, 3, H, W) in −1…1."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1
