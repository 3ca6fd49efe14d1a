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


class Device(Enum):
    """Where a model runs."""

    BEST = "best"
    CPU = "cpu"
    OFFLOAD = "offload"  # as much as fits on the graphics card, the rest in the computer's memory


@dataclass(frozen=True)
class Launch:
    """How a worker is started.

    `overlay` is a folder of packages that go before the host's, `kept` one for weights that are converted once, None
    for none. `offline` forbids downloads. `command` runs the child;
    its memory and files are its own, its interpreter and torch are this program's. `patience` is how many seconds it
    may need until its first word, and to stop.
    """

    overlay: Path | None = None
    kept: Path | None = None
    device: Device = Device.BEST
    offline: bool = False
    command: tuple[str, ...] = CHILD
    environment: Mapping[str, str] = field(default_factory=dict)
    patience: float = 120.0  # reading Python from a slow disk takes a while, and so does a pass of a large model

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


def load_order(spec: ModelSpec, launch: Launch) -> dict[str, Any]:
    """The first order: which model to load, and how."""
    bounds = None if spec.bounds is None else vars(spec.bounds)
    return {
        "order": "load",
        "device": launch.device.value,
        "offline": launch.offline,
        "kept": None if launch.kept is None else str(launch.kept),
        "model": {**vars(spec), "source": spec.source.value, "bounds": bounds},
    }


def spec_from_json(data: dict[str, Any]) -> ModelSpec:
    """The model of an order."""
    bounds = data["bounds"]
    if bounds is not None:
        bounds = Bounds(**{**bounds, "regions": tuple(bounds["regions"]), "items": tuple(bounds["items"])})
    return ModelSpec(**{**data, "source": Source(data["source"]), "bounds": bounds})
