"""What a run begins with that was trained before: a copy of its own, since all that is learned rests on it."""

from __future__ import annotations

import shutil
from pathlib import Path


def kept(source: Path, folder: Path) -> Path:
    """`folder`, with what `source` held when the run began. A kill leaves no half of it."""
    if not folder.is_dir():
        unfinished = folder.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(source, unfinished)
        unfinished.rename(folder)
    return folder
