"""Which thing of a scene each pixel is of: what the training asks of the UNet is labelled by it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from lib_omost.mini.scenes import SIZE, Scene, draw

MOST = 4  # things in a scene
# the darkest mark of a white thing is 102
_BLACK, _WHITE, _SEEN = (0, 0, 0), (255, 255, 255), 50


def segmented(scenes: Sequence[Scene]) -> torch.Tensor:
    """(B, 128, 128) bytes: 0 for the background, else the number of the thing, from 1; the later one is on top."""
    return torch.from_numpy(np.stack([_segmented(scene) for scene in scenes]))


def numbers_of(scenes: Sequence[Scene], kinds: Sequence[str]) -> torch.Tensor:
    """(B, 5): the kind of what has each number, from 1; 0 for the background and for what there is not."""
    found = torch.zeros(len(scenes), 1 + MOST, dtype=torch.int64)
    for row, scene in zip(found, scenes, strict=True):
        for number, thing in enumerate(scene.things, start=1):
            row[number] = 1 + kinds.index(thing.shape)
    return found


def _segmented(scene: Scene) -> npt.NDArray[np.uint8]:
    found = np.zeros((SIZE, SIZE), np.uint8)
    for number, thing in enumerate(scene.things, start=1):
        found[draw(_BLACK, [(thing, _WHITE)])[..., 0] > _SEEN] = number
    return found
