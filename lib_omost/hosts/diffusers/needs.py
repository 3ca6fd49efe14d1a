"""How much memory an image model takes, told before it is read."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path

import torch

from lib_omost.hosts.diffusers.shared.family import Family

GB = 10**9


@dataclass(frozen=True)
class Needs:
    """weights: bytes of all parts as they are computed in. free: bytes where they go, None where it is not known."""

    weights: int
    free: int | None
    device: str

    @property
    def told(self) -> str:
        """In words, with what to do where it is too much."""
        free = "" if self.free is None else f", and {self.free / GB:.1f} GB are free there"
        told = f"the model's weights take {self.weights / GB:.1f} GB on {self.device}{free}"
        return f"{told}: this may fail or be very slow" if self.is_short else told

    @property
    def is_short(self) -> bool:
        """Whether the weights alone take more than is free."""
        return self.free is not None and self.weights > self.free


def needs_of(folder: Path, family: Family, device: torch.device) -> Needs:
    """Of a folder whose parts are all of the family's; only the heads of its files are read."""
    each = 4 if device.type == "cpu" else family.half.itemsize
    weights = sum(_numbers(folder / part) for part in family.parts) * each
    place = {"cpu": "the CPU", "cuda": "the graphics card"}.get(device.type, device.type)
    return Needs(weights, free_memory(device), place)


def free_memory(device: torch.device) -> int | None:
    """Bytes that are free on a graphics card or, on Linux, in the computer's memory."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        available = next(line for line in lines if line.startswith("MemAvailable:"))
        return int(available.split()[1]) * 1024
    except (OSError, StopIteration, ValueError):
        return None


def _numbers(part: Path) -> int:
    """How many numbers a part holds: by its safetensors' heads, else by the size of its pickles in single precision."""
    files = [file for file in part.glob("*.safetensors") if ".fp16." not in file.name]
    files = files or list(part.glob("*.safetensors"))
    if files:
        return sum(map(_in_head, files))
    return sum(file.stat().st_size for file in part.glob("*.bin")) // 4


def _in_head(file: Path) -> int:
    """How many numbers a safetensors file says that it holds; 0 for a damaged one, whose reading fails by name."""
    try:
        with file.open("rb") as opened:
            length = struct.unpack("<Q", opened.read(8))[0]
            head = json.loads(opened.read(min(length, 100 * 2**20)))
        return sum(prod(entry["shape"]) for name, entry in head.items() if name != "__metadata__")
    except (OSError, ValueError, LookupError, TypeError, AttributeError, struct.error):
        return 0
