"""The folder in which the program keeps what is its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from lib_omost.disk import DATA_VARIABLE
from lib_omost.shipped import is_installed, shipped


def data_folder() -> Path:
    """Where the guarded settings lie, the presets, and the worker's packages: in the checkout or extension's folder.

    What pip installed keeps them in the user's own folder for such data, as the system has it.
    """
    chosen = os.environ.get(DATA_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    return _user_folder() / "omost" if is_installed() else shipped(".data")


def _user_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
