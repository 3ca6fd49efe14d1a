"""What one training run is made with. The defaults gave the figures of the model card."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from lib_omost.errors import BadInputError


@dataclass(frozen=True)
class Settings:
    """Counts and the seed of a run; two runs with equal settings on one machine give the same weights.

    `batch` is the pictures of one diffusion step over all processes together.
    """

    seed: int = 0
    processes: int = 2
    pictures: int = 12288
    vae_steps: int = 6000
    vae_batch: int = 8
    steps: int = 6000
    batch: int = 16
    save_every: int = 200

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            if value < (0 if name == "seed" else 1):
                raise BadInputError(f"{name} must not be {value}")
        if self.batch % self.processes or self.vae_batch % self.processes:
            raise BadInputError(
                f"batches of {self.batch} and {self.vae_batch} do not split over {self.processes} processes"
            )


def claim_folder(run: Path, settings: Settings) -> None:
    """Make `run` the folder of this run, or check that it is: its results depend on every setting.

    Raises BadInputError when the folder holds a run with other settings.
    """
    file = run / "settings.json"
    asked = json.dumps(dataclasses.asdict(settings), indent=2) + "\n"
    if file.exists() and file.read_text(encoding="utf-8") != asked:
        raise BadInputError(
            f"{run} holds a run with other settings", hint="give the same ones, or another --run folder"
        )
    run.mkdir(parents=True, exist_ok=True)
    file.write_text(asked, encoding="utf-8")
