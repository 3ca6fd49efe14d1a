"""What suits the loaded model where nothing was chosen, by its file's name and by its kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lib_omost.defaults.checkpoints import Defaults, defaults_of
from lib_omost.hosts.webui.capabilities.families import family_of


def defaults_for(model: Any) -> Defaults:
    """Raises BadInputError where the user's own table cannot be used."""
    return defaults_of(checkpoint_of(model), family_of(model))


def checkpoint_of(model: Any) -> str:
    """The name of a loaded model's file, "" where the host does not tell."""
    filename = getattr(getattr(model, "sd_checkpoint_info", None), "filename", None)
    return Path(str(filename or "")).name
