"""The folder in which the program keeps what is its own."""

from __future__ import annotations

import os
from pathlib import Path

from lib_omost.disk import DATA_VARIABLE


def data_folder() -> Path:
    """Where the guarded settings lie, the presets, and the worker's packages."""
    chosen = os.environ.get(DATA_VARIABLE)
    return Path(chosen).expanduser() if chosen else Path(__file__).resolve().parents[2] / ".data"
