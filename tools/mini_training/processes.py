"""Several single-threaded processes that train one model: on shared cores they outrun threads by far."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import psutil
import torch
import torch.distributed as dist
from composer_training.stopping import told_to_stop
from torch.multiprocessing.spawn import spawn

T = TypeVar("T")

_LOOK = 1.0  # seconds between two looks at what the processes do


class Stopped(Exception):
    """The run was told to end, and what it has learned is saved."""


@dataclass(frozen=True)
class Group:
    """This process, the `rank`-th of `count` that work together.

    told: whether somebody asked this process to end. device: where the networks are.
    """

    rank: int
    count: int
    parent: int = 0  # process id of the one that started the others; 0 when there is only this one
    told: Callable[[], bool] = lambda: False
    device: torch.device = field(default=torch.device("cpu"), kw_only=True)

    @property
    def leads(self) -> bool:
        """Whether this is the one process that prints and writes files."""
        return self.rank == 0

    def share(self, batch: torch.Tensor) -> torch.Tensor:
        """This process's part of a batch: every `count`-th row of a (B, …) tensor."""
        return batch[self.rank :: self.count]

    def share_of(self, batch: Sequence[T]) -> Sequence[T]:
        """The same part of what is no tensor."""
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

    def any_told(self) -> bool:
        """Whether any of the processes was told to end; all of them have to ask, and all hear the same."""
        told = torch.tensor(float(self.told()))
        self.average([told])
        return bool(told > 0)


def run_in_processes(work: Callable[[Group], None], count: int, device: torch.device) -> bool:
    """Call `work(group)` in `count` processes with one thread each; the error of any of them ends all.

    SIGINT and SIGTERM reach all of them as `told`. Returns whether the work came to its end, and was not Stopped.
    """
    if count == 1:
        torch.set_num_threads(1)
        return _ends(work, Group(0, 1, device=device))
    with tempfile.TemporaryDirectory() as folder, told_to_stop() as told:
        processes = spawn(_join, args=(work, count, Path(folder), os.getpid()), nprocs=count, join=False)
        passed_on = False
        while not processes.join(timeout=_LOOK):
            if told() and not passed_on:
                passed_on = True
                for child in psutil.Process().children():
                    if child.pid in processes.pids():
                        child.send_signal(signal.SIGTERM)
        return not _note(Path(folder)).exists()


def _join(rank: int, work: Callable[[Group], None], count: int, folder: Path, parent: int) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=(folder / "meeting").as_uri(), rank=rank, world_size=count)
    try:
        if not _ends(work, Group(rank, count, parent)):
            _note(folder).touch()
    finally:
        dist.destroy_process_group()


def _ends(work: Callable[[Group], None], group: Group) -> bool:
    with told_to_stop() as told:
        try:
            work(replace(group, told=told))
        except Stopped:
            return False
    return True


def _note(folder: Path) -> Path:
    return folder / "stopped"
