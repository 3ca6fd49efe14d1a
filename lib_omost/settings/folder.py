"""The folder in which the program keeps what is its own."""

from __future__ import annotations

import os
from pathlib import Path

DATA_VARIABLE = "OMOST_DATA_DIR"  # of the environment, for a WebUI whose extensions are read-only


def data_folder() -> Path:
    """Where the guarded settings lie, the presets, and the worker's packages."""
    chosen = os.environ.get(DATA_VARIABLE)
    return Path(chosen).expanduser() if chosen else Path(__file__).resolve().parents[2] / ".data"
