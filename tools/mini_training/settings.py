"""What one training run is made with. The defaults are meant to give the figures of the model card."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from lib_omost.errors import BadInputError

# of either kind of run
_MAY_CHANGE = ("processes", "save_every", "vae_steps", "steps")
CHOICES = {"blocks": ("joint", "cross")}


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

    @property
    def batches(self) -> tuple[int, ...]:
        """Those that are split over the processes."""
        return self.batch, self.vae_batch

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            if value not in CHOICES[name] if name in CHOICES else value < (0 if name == "seed" else 1):
                raise BadInputError(f"{name} must not be {value}")
        if any(batch % self.processes for batch in self.batches):
            listed = " and ".join(map(str, self.batches))
            raise BadInputError(f"batches of {listed} do not split over {self.processes} processes")


@dataclass(frozen=True)
class TransformerSettings(Settings):
    """The same of a run of `train_mini_transformer.py`. blocks: how text and picture meet.

    With joint attention the autoencoder is another checkpoint's, and `vae_steps` and `vae_batch` count for nothing.
    """

    blocks: str = "joint"
    vae_steps: int = 12000

    @property
    def batches(self) -> tuple[int, ...]:
        """As `Settings` has it."""
        return (self.batch,) if self.blocks == "joint" else super().batches


def claim_folder(run: Path, settings: Settings) -> None:
    """Make `run` the folder of this run, or check that it is: what it has learned depends on its settings.

    Raises BadInputError when the folder holds a run with other settings.
    """
    file = run / "settings.json"
    asked = {name: value for name, value in dataclasses.asdict(settings).items() if name not in _MAY_CHANGE}
    if file.exists() and _told(file, settings) != asked:
        raise BadInputError(
            f"{run} holds a run with other settings", hint="give the same ones, or another --run folder"
        )
    run.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asked, indent=2) + "\n", encoding="utf-8")


def _told(file: Path, settings: Settings) -> dict[str, object]:
    """What a run is made with; one that began before there was a setting meant its default. Empty for no such file."""
    defaults = {each.name: each.default for each in dataclasses.fields(settings) if each.name not in _MAY_CHANGE}
    try:
        told: dict[str, object] = defaults | json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, TypeError):
        return {}
    return told
