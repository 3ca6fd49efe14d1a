"""What a step of the second stage learns from: pictures that nobody has seen before, their captions, noise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch

from lib_omost.mini.scenes import Scene, draw_scene, random_scene
from lib_omost.mini.worlds import THINGS_WORLD
from mini_training import grounding
from mini_training.architecture import LATENT
from mini_training.captions import Vocabulary, caption
from mini_training.linear import latents_of
from mini_training.noise import random_timesteps
from mini_training.pictures import as_tensor
from mini_training.segmentation import numbers_of, segmented

_UNTITLED = 0.1  # of the samples: without a caption, for classifier-free guidance


class Samples(NamedTuple):
    """B of them. tokens: (B, 77). timesteps: (B,). clean, noise: (B, 4, 16, 16).

    segments, numbers: which thing each pixel is of, and of which kind (see `segmentation`); (B, 128, 128) and (B, 5).
    named: which tokens name the background and each thing; (B, 5, 77).
    """

    tokens: torch.Tensor
    timesteps: torch.Tensor
    clean: torch.Tensor
    noise: torch.Tensor
    segments: torch.Tensor
    numbers: torch.Tensor
    named: torch.Tensor


def samples(seed: int, step: int, rows: Iterable[int], vocabulary: Vocabulary, sigmas: np.ndarray) -> Samples:
    """Those in `rows` of a step's batch: each depends on the seed, the step and its row alone.

    sigmas: (T,), which ascend.
    """
    scenes: list[Scene] = []
    tokens, timesteps, noise = [], [], []
    for row in rows:
        rng = np.random.default_rng([seed, 4, step, row])
        scene = random_scene(rng, world=THINGS_WORLD)
        text = "" if rng.random() < _UNTITLED else caption(scene, rng)
        scenes.append(scene)
        tokens.append(vocabulary.encode([text], rng))
        timesteps.append(random_timesteps(rng, 1, sigmas))
        noise.append(rng.standard_normal((4, LATENT, LATENT), dtype=np.float32))
    said = np.concatenate(tokens)
    pictures = as_tensor(np.stack([draw_scene(scene) for scene in scenes]))
    return Samples(
        tokens=torch.from_numpy(said),
        timesteps=torch.from_numpy(np.concatenate(timesteps)),
        clean=latents_of(pictures),
        noise=torch.from_numpy(np.stack(noise)),
        segments=segmented(scenes),
        numbers=numbers_of(scenes, THINGS_WORLD.kinds),
        named=grounding.tokens_of(scenes, said, vocabulary.small, vocabulary.unknown),
    )
