"""What a step of a denoiser learns from: pictures that nobody has seen before, their captions, noise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from lib_omost.mini.scenes import Scene, draw_scene, random_scene
from lib_omost.mini.worlds import THINGS_WORLD, World
from mini_training import grounding
from mini_training.architecture import LATENT
from mini_training.captions import Vocabulary, caption
from mini_training.linear import latents_of
from mini_training.noise import random_timesteps
from mini_training.pictures import as_tensor
from mini_training.segmentation import numbers_of, segmented

_UNTITLED = 0.1  # of the samples: without a caption, for classifier-free guidance


@dataclass(frozen=True)
class Told:
    """A scene, what is said of it, and what the rest of its row is drawn by."""

    scene: Scene
    text: str
    rng: np.random.Generator


class Shown(NamedTuple):
    """B pictures. clean, noise: (B, 4, 16, 16).

    segments, numbers: which thing each pixel is of, and of which kind (see `segmentation`); (B, 128, 128) and (B, 5).
    """

    clean: torch.Tensor
    noise: torch.Tensor
    segments: torch.Tensor
    numbers: torch.Tensor


class Samples(NamedTuple):
    """What the UNet learns from. tokens: (B, 77). timesteps: (B,). named: which tokens name the background and each
    thing; (B, 5, 77). The rest as in `Shown`."""

    tokens: torch.Tensor
    timesteps: torch.Tensor
    named: torch.Tensor
    clean: torch.Tensor
    noise: torch.Tensor
    segments: torch.Tensor
    numbers: torch.Tensor


def told(seed: int, step: int, rows: Iterable[int], world: World) -> list[Told]:
    """Those in `rows` of a step's batch: each depends on the seed, the step and its row alone, so it is the same
    however many processes share the batch."""
    found = []
    for row in rows:
        rng = np.random.default_rng([seed, 4, step, row])
        scene = random_scene(rng, world=world)
        found.append(Told(scene, "" if rng.random() < _UNTITLED else caption(scene, rng), rng))
    return found


def shown(some: Sequence[Told], world: World) -> Shown:
    """Their pictures and noise."""
    scenes = [one.scene for one in some]
    noise = [one.rng.standard_normal((4, LATENT, LATENT), dtype=np.float32) for one in some]
    return Shown(
        clean=latents_of(as_tensor(np.stack([draw_scene(scene) for scene in scenes]))),
        noise=torch.from_numpy(np.stack(noise)),
        segments=segmented(scenes),
        numbers=numbers_of(scenes, world.kinds),
    )


def samples(seed: int, step: int, rows: Iterable[int], vocabulary: Vocabulary, sigmas: np.ndarray) -> Samples:
    """Those of the UNet. sigmas: (T,), which ascend."""
    some = told(seed, step, rows, THINGS_WORLD)
    said = np.concatenate([vocabulary.encode([one.text], one.rng) for one in some])
    timesteps = np.concatenate([random_timesteps(one.rng, 1, sigmas) for one in some])
    named = grounding.tokens_of([one.scene for one in some], said, vocabulary.small, vocabulary.unknown)
    return Samples(torch.from_numpy(said), torch.from_numpy(timesteps), named, *shown(some, THINGS_WORLD))
