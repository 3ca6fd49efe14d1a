"""Times of several rivals on a machine that others use too: taken in turns, compared by their medians."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Hashable, Mapping
from statistics import median
from typing import TypeVar

import torch

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


def clock(step: Callable[[], object], device: torch.device) -> float:
    """Seconds that a call takes until the device is through with it."""
    if device.type != "cuda":
        return seconds(step)
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda.synchronize(device)
    start.record()
    step()
    end.record()
    torch.cuda.synchronize(device)
    return float(start.elapsed_time(end)) / 1e3


def waits(step: Callable[[], object], device: torch.device) -> int | None:
    """How often the program waits for the device within a call, as it does where it copies to it; None where torch does
    not tell: on other devices than CUDA."""
    if device.type != "cuda":
        return None
    before = torch.cuda.get_sync_debug_mode()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            step()
        finally:
            torch.cuda.set_sync_debug_mode(before)
    return sum("called a synchronizing" in str(one.message) for one in told)
