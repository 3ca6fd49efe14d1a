"""Which noise the second stage learns from."""

from __future__ import annotations

import numpy as np

_MIDDLE, _SPREAD = 0.4, 1.2  # of ln σ: most of a picture of 16 × 16 latents is decided at σ 1 to 3
_EVEN = 0.15  # of the timesteps, from all of them alike: the smallest and the largest σ are sampled through too


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
