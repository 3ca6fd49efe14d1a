"""What one training run is made with. The defaults are meant to give the figures of the model card."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from lib_omost.errors import BadInputError

# of either kind of run
_MAY_CHANGE = ("processes", "save_every", "vae_steps", "steps")


@dataclass(frozen=True)
class Settings:
    """Counts and the seed of a run; two runs with equal settings on one machine give the same weights.

    `batch` is the pictures of one diffusion step over all processes together. A run that is gone on with may have
    another number of processes, or longer or shorter stages: the learning rate then falls towards the new end.
    """

    seed: int = 0
    processes: int = 2
    vae_steps: int = 20000
    vae_batch: int = 8
    steps: int = 30000
    batch: int = 16
    save_every: int = 100

    def __post_init__(self) -> None:
        _check(self)
        if self.batch % self.processes or self.vae_batch % self.processes:
            raise BadInputError(
                f"batches of {self.batch} and {self.vae_batch} do not split over {self.processes} processes"
            )


@dataclass(frozen=True)
class TransformerSettings:
    """The same of a run of `train_mini_transformer.py`, whose autoencoder is another checkpoint's."""

    seed: int = 0
    processes: int = 2
    steps: int = 30000
    batch: int = 16
    save_every: int = 100

    def __post_init__(self) -> None:
        _check(self)
        if self.batch % self.processes:
            raise BadInputError(f"batches of {self.batch} do not split over {self.processes} processes")


def _check(settings: Settings | TransformerSettings) -> None:
    for name, value in dataclasses.asdict(settings).items():
        if value < (0 if name == "seed" else 1):
            raise BadInputError(f"{name} must not be {value}")


def claim_folder(run: Path, settings: Settings | TransformerSettings) -> None:
    """Make `run` the folder of this run, or check that it is: what it has learned depends on its settings.

    Raises BadInputError when the folder holds a run with other settings.
    """
    file = run / "settings.json"
    asked = {name: value for name, value in dataclasses.asdict(settings).items() if name not in _MAY_CHANGE}
    text = json.dumps(asked, indent=2) + "\n"
    if file.exists() and file.read_text(encoding="utf-8") != text:
        raise BadInputError(
            f"{run} holds a run with other settings", hint="give the same ones, or another --run folder"
        )
    run.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
