"""What each step learns from, made in time: beside the network on a processor, ahead of it for a graphics card."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

import torch
from torch.utils.data import DataLoader, Dataset

Batch = tuple[torch.Tensor, ...]
_AHEAD = 4  # steps that each of the workers is ahead


class _Steps(Dataset[Batch]):
    """The batch of each step, by its number."""

    def __init__(self, batch_of: Callable[[int], Batch]) -> None:
        self._batch_of = batch_of

    def __getitem__(self, step: int) -> Batch:
        torch.set_num_threads(1)
        return tuple(self._batch_of(step))


def batches(batch_of: Callable[[int], Batch], steps: Sequence[int], device: torch.device) -> Iterator[Batch]:
    """`batch_of` each of the steps, in order, on the device.

    For a graphics card other processes make them meanwhile, one for each core but this one's: they are forked, and
    `batch_of` must not touch the card.
    """
    if device.type != "cuda":
        yield from (tuple(batch_of(step)) for step in steps)
        return
    workers = max(1, (os.cpu_count() or 2) - 1)
    loader = DataLoader(
        _Steps(batch_of),
        batch_size=None,
        sampler=steps,
        num_workers=workers,
        prefetch_factor=_AHEAD,
        pin_memory=True,
        multiprocessing_context="fork",
    )
    for batch in loader:
        yield tuple(tensor.to(device, non_blocking=True) for tensor in batch)
