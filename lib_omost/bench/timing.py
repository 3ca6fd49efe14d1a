"""Times of several rivals on a machine that others use too: taken in turns, compared by their medians."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from statistics import median
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)


def seconds(step: Callable[[], object]) -> float:
    """Wall-clock seconds that one call takes."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def medians_in_turns(rivals: Mapping[Name, Callable[[], tuple[float, ...]]], rounds: int) -> dict[Name, list[float]]:
    """Ask every rival for its readings, round after round, and give the median of each of its readings.

    Taking turns lets a busy moment of the machine fall on all of them. One more round, the first, is not counted: it
    pays for what libraries set up once. Raises ValueError for less than one round.
    """
    if rounds < 1:
        raise ValueError(f"a measurement needs at least one round, not {rounds}")
    turns = [{name: reading() for name, reading in rivals.items()} for _ in range(rounds + 1)][1:]
    return {name: [median(column) for column in zip(*(turn[name] for turn in turns), strict=True)] for name in rivals}
