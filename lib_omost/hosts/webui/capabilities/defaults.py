"""What suits the loaded model where nothing was chosen, by its file's name and by its kind."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any

from lib_omost.defaults.checkpoints import Defaults, defaults_of
from lib_omost.hosts.webui.capabilities.families import family_of

SAID = MappingProxyType({"is_sd1": "SD1.x", "is_sd2": "SD2.x", "is_sdxl": "SDXL"})  # as WebUIs and the table say it


def defaults_for(model: Any) -> Defaults:
    """Raises BadInputError where the user's own table cannot be used."""
    return defaults_of(checkpoint_of(model), kind_of(model))


def checkpoint_of(model: Any) -> str:
    """The name of a loaded model's file, "" where the host does not tell."""
    filename = getattr(getattr(model, "sd_checkpoint_info", None), "filename", None)
    return Path(str(filename or "")).name


def kind_of(model: Any) -> str:
    """The kind of a loaded model: one of SAID, else the WebUI's own class for its family."""
    return next((kind for said, kind in SAID.items() if getattr(model, said, False)), family_of(model))
