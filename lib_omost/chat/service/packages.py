"""The worker's packages: whether this Python has them, and otherwise an overlay that fits it."""

from __future__ import annotations

import json
import platform
import shutil
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

from lib_omost.chat.model import never
from lib_omost.chat.models.catalogue import ModelSpec, Source
from lib_omost.chat.worker.overlay import (
    EMBEDDED_MODEL,
    add_to_overlay,
    held_versions,
    install_overlay,
    requirements,
)

STAMP = "omost-overlay.json"


def prepare(
    overlay: Path | None, spec: ModelSpec, report: Callable[[str], None], should_stop: Callable[[], bool] = never
) -> None:
    """Install into `overlay` what this Python lacks to run the model; nothing without a folder, or when all is there.

    What was installed for another Python, torch or list of packages is renewed. Raises OmostError, with pip's reason
    and what to do, when that fails or is stopped.
    """
    if overlay is None:
        return
    needs = () if _are_met(requirements(), None) else requirements()
    if _stamp_of(overlay) != _stamp(needs):
        if needs:
            install_overlay(overlay, report, needs, should_stop=should_stop)
        else:
            shutil.rmtree(overlay, ignore_errors=True)  # this Python has come to have them
            overlay.mkdir(parents=True)
        (overlay / STAMP).write_text(json.dumps(_stamp(needs)), encoding="utf-8")
    if spec.source is Source.EMBEDDED and not _are_met((EMBEDDED_MODEL,), overlay):
        add_to_overlay(overlay, (EMBEDDED_MODEL,), report, should_stop=should_stop)


def _stamp(needs: Sequence[str]) -> dict[str, object]:
    """What the overlay was made for."""
    return {"python": platform.python_version(), "held": held_versions(), "requirements": list(needs)}


def _stamp_of(overlay: Path) -> object:
    try:
        stamp: object = json.loads((overlay / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # there is none yet, or it was interrupted
    return stamp


def _are_met(needs: Sequence[str], overlay: Path | None) -> bool:
    """Whether this Python, with the overlay before it, has a fitting version of each."""
    from packaging.requirements import Requirement

    folders = [*([str(overlay)] if overlay is not None else []), *sys.path]
    for need in map(Requirement, needs):
        found = next(iter(metadata.distributions(name=need.name, path=folders)), None)
        if found is None or not need.specifier.contains(found.version, prereleases=True):
            return False
    return True
