"""The latents of the second stage's pictures, encoded once, kept in pieces so that a stop costs little."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from lib_omost.mini.scenes import Scene, draw_scene
from mini_training.pictures import as_tensor
from mini_training.processes import Group, Stopped

_PIECE = 1024  # pictures
_BATCH = 32


Encode = Callable[[torch.Tensor], torch.Tensor]  # (B, 3, H, W) in −1…1 → (B, 4, H/8, W/8)


@torch.no_grad()
def cached_latents(scenes: Sequence[Scene], encode: Encode, folder: Path, group: Group) -> torch.Tensor:
    """(N, 4, 16, 16): the latents of all pictures. What is in `folder` is not encoded again.

    Every process encodes the pieces of its own. Raises Stopped in all of them when one was told to end.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{start:06d}.safetensors" for start in range(0, len(scenes), _PIECE)]
    for number, file in enumerate(files):
        if group.told():
            break
        if number % group.count == group.rank and not file.exists():
            _encode(scenes[number * _PIECE : (number + 1) * _PIECE], encode, file)
    if group.any_told():
        raise Stopped
    return torch.cat([load_file(file)["latents"] for file in files])


def _encode(scenes: Sequence[Scene], encode: Encode, file: Path) -> None:
    parts = []
    for start in range(0, len(scenes), _BATCH):
        pictures = np.stack([draw_scene(scene) for scene in scenes[start : start + _BATCH]])
        parts.append(encode(as_tensor(pictures)))
    unfinished = file.with_suffix(".part")
    save_file({"latents": torch.cat(parts).contiguous()}, unfinished)
    unfinished.replace(file)
