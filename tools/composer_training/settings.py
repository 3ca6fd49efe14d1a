"""What decides a run: another one with the same settings makes the same weights, on the same number of threads."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from lib_omost.errors import BadInputError


@dataclass(frozen=True)
class Settings:
    """`rank` 0 trains all weights but the embeddings; `batch` and `window` are tokens and pairs."""

    base: str = ""
    seed: int = 1
    rank: int = 64
    rate: float = 1e-3
    warmup: int = 20
    batch: int = 512
    window: int = 192
    average: float = 0.97
    dtype: str = "bfloat16"


def claim_folder(folder: Path, settings: Settings) -> None:
    """Make the folder of a run, or see that it is one of these settings. Raises BadInputError when it is another's."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "settings.json"
    wanted = asdict(settings)
    if not path.exists():
        path.write_text(json.dumps(wanted, indent=1) + "\n", encoding="utf-8")
    elif (known := json.loads(path.read_text(encoding="utf-8"))) != wanted:
        differ = [name for name in wanted if known.get(name) != wanted[name]]
        raise BadInputError(
            f"{folder} holds a run with other settings: {', '.join(differ)}", hint="choose another --run, or remove it"
        )
