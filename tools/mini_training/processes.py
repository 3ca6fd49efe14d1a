"""Several single-threaded processes that train one model: on shared cores they outrun threads by far."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed as dist
from torch.multiprocessing.spawn import spawn


@dataclass(frozen=True)
class Group:
    """This process, the `rank`-th of `count` that work together."""

    rank: int
    count: int
    parent: int = 0  # process id of the one that started the others; 0 when there is only this one

    @property
    def leads(self) -> bool:
        """Whether this is the one process that prints and writes files."""
        return self.rank == 0

    def share(self, batch: torch.Tensor) -> torch.Tensor:
        """This process's part of a batch: every `count`-th row of a (B, …) tensor."""
        return batch[self.rank :: self.count]

    def average(self, tensors: Sequence[torch.Tensor]) -> None:
        """Replace each tensor by its mean over all processes, in one message."""
        if self.count == 1:
            return
        if os.getppid() != self.parent:  # killed without a chance to end the others
            raise SystemExit("the command that started this process is gone")
        flat = torch.cat([tensor.flatten() for tensor in tensors])
        dist.all_reduce(flat)
        flat /= self.count
        for tensor, mean in zip(tensors, flat.split([tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(mean.view_as(tensor))

    def wait(self) -> None:
        """Return once every process is here."""
        if self.count > 1:
            dist.barrier()


def run_in_processes(work: Callable[[Group], None], count: int) -> None:
    """Call `work(group)` in `count` processes with one thread each; the error of any of them ends all."""
    if count == 1:
        torch.set_num_threads(1)
        work(Group(0, 1))
        return
    with tempfile.TemporaryDirectory() as folder:
        spawn(_join, args=(work, count, Path(folder, "meeting"), os.getpid()), nprocs=count)


def _join(rank: int, work: Callable[[Group], None], count: int, meeting: Path, parent: int) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=meeting.as_uri(), rank=rank, world_size=count)
    try:
        work(Group(rank, count, parent))
    finally:
        dist.destroy_process_group()
