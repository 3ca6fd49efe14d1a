"""The file of the checkpoint that the WebUI's page, or a job, names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def checkpoint_file(overrides: Mapping[str, Any]) -> Path | None:
    """The file of the checkpoint that is chosen, or that a job's own settings name; None where that is not known."""
    from modules import sd_models, shared

    title = overrides.get("sd_model_checkpoint") or getattr(shared.opts, "sd_model_checkpoint", None)
    file = getattr(sd_models.get_closet_checkpoint_match(title) if title else None, "filename", None)
    return None if file is None else Path(str(file))
