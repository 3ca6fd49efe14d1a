"""Which noise the second stage learns from, and how much each step of it counts."""

from __future__ import annotations

import numpy as np
import torch

_MIDDLE, _SPREAD = 0.4, 1.2  # of ln σ: most of a picture of 16 × 16 latents is decided at σ 1 to 3
_EVEN = 0.15  # of the timesteps, from all of them alike: the smallest and the largest σ are sampled through too
_MEAN_WEIGHT = 3.0


def random_timesteps(rng: np.random.Generator, count: int, sigmas: np.ndarray) -> np.ndarray:
    """(count,) indices of `sigmas` (T,), which ascend: those nearest to a log-normal σ, as in Karras et al. 2022."""
    logs = np.log(sigmas)
    wanted = np.searchsorted((logs[1:] + logs[:-1]) / 2, rng.normal(_MIDDLE, _SPREAD, count))
    return np.where(rng.random(count) < _EVEN, rng.integers(0, len(sigmas), count), wanted)


def random_shares(rng: np.random.Generator, count: int) -> np.ndarray:
    """(count,) shares of noise over 0 to 1, for flow matching: as many from each σ = share / (1 − share) as above."""
    from_the_middle = 1 / (1 + np.exp(-rng.normal(_MIDDLE, _SPREAD, count)))
    found: np.ndarray = np.where(rng.random(count) < _EVEN, 1 - rng.random(count), from_the_middle)
    return found


def weights_of(sigmas: torch.Tensor) -> torch.Tensor:
    """What the squared error of the noise counts at each σ, (B,), about 1 in the mean: √(1 + σ²).

    Plain means forget the large σ, where a wrong colour is a small error of the noise; v-prediction's 1 + σ² would let
    them rule every gradient, since the network is one that gives noise, which every host can read.
    """
    return (1 + sigmas.square()).sqrt() / _MEAN_WEIGHT
