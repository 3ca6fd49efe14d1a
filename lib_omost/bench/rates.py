"""Means over pictures with their standard errors. Boxes of one picture succeed or fail together, so pictures count."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Group = tuple[float, int]  # of one picture: the sum of a measure over its boxes, and how many there are


@dataclass(frozen=True)
class Rate:
    """A mean and its standard error; both NaN when there was nothing to average. `count` is what was averaged over."""

    value: float
    error: float
    count: int


def rate(pictures: Sequence[Group]) -> Rate:
    """The mean over all boxes of all pictures, with the standard error of a ratio of means, clustered by picture.

    Source: Cochran, Sampling Techniques (1977), section 2.11. With one picture the error is NaN.
    """
    count = sum(n for _, n in pictures)
    if not count:
        return Rate(math.nan, math.nan, 0)
    mean = sum(total for total, _ in pictures) / count
    return Rate(mean, _error([total - mean * n for total, n in pictures], count), count)


def difference(first: Sequence[Group], second: Sequence[Group]) -> Rate:
    """Mean of `first` less mean of `second`, which are of the same pictures: the error is that of paired pictures."""
    a, b = rate(first), rate(second)
    if not a.count or not b.count:
        return Rate(math.nan, math.nan, 0)
    residuals = [
        (total_a - a.value * n_a) / a.count - (total_b - b.value * n_b) / b.count
        for (total_a, n_a), (total_b, n_b) in zip(first, second, strict=True)
    ]
    return Rate(a.value - b.value, _error(residuals, 1), min(a.count, b.count))


def _error(residuals: Sequence[float], count: int) -> float:
    """√(L / (L − 1) · Σ residual²) / count over L pictures."""
    pictures = len(residuals)
    if pictures < 2:
        return math.nan
    return math.sqrt(pictures / (pictures - 1) * math.fsum(r * r for r in residuals)) / count
