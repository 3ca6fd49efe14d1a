"""What a worker is started with."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.models.catalogue import ModelSpec, Source

CHILD = (sys.executable, "-m", "lib_omost.chat.worker.child")
PORT_TAKEN = 98  # exit code


class Device(Enum):
    """Where a model runs."""

    BEST = "best"
    CPU = "cpu"
    OFFLOAD = "offload"  # as much as fits on the graphics card, the rest in the computer's memory


@dataclass(frozen=True)
class Launch:
    """How a worker is started.

    `overlay` is a folder of packages that go before the host's. `port` 0 takes a free one. `offline` forbids downloads.
    `command` runs the child; its memory and files are its own, its interpreter and torch are this program's.
    """

    overlay: Path | None = None
    port: int = 0
    device: Device = Device.BEST
    offline: bool = False
    command: tuple[str, ...] = CHILD
    environment: Mapping[str, str] = field(default_factory=dict)

    def child_environment(self) -> dict[str, str]:
        """This program's environment with the overlay and this package in front of everything else."""
        package = Path(__file__).resolve().parents[3]
        paths = [*([str(self.overlay)] if self.overlay else []), str(package), os.environ.get("PYTHONPATH", "")]
        # torch's threads wait busily for each other: one core that is also wanted elsewhere holds up all of them
        threads = os.environ.get("OMP_NUM_THREADS") or str(max(1, (os.cpu_count() or 2) - 1))
        own = {
            "PYTHONPATH": os.pathsep.join(path for path in paths if path),
            "PYTHONUNBUFFERED": "1",
            "OMP_NUM_THREADS": threads,
        }
        return {**os.environ, **own, **self.environment}


def order_to_json(spec: ModelSpec, launch: Launch, token: str) -> dict[str, Any]:
    """The first line on the child's stdin, where no other user of the computer can read it."""
    bounds = None if spec.bounds is None else vars(spec.bounds)
    return {
        "token": token,
        "port": launch.port,
        "device": launch.device.value,
        "offline": launch.offline,
        "model": {**vars(spec), "source": spec.source.value, "bounds": bounds},
    }


def spec_from_json(data: dict[str, Any]) -> ModelSpec:
    """The model of an order."""
    bounds = data["bounds"]
    if bounds is not None:
        bounds = Bounds(**{**bounds, "regions": tuple(bounds["regions"]), "items": tuple(bounds["items"])})
    return ModelSpec(**{**data, "source": Source(data["source"]), "bounds": bounds})
