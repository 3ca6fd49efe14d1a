"""Which version of a hub model is used: the one of its first download, until the user removes the model.

A repository's owner can put other files in the place of those that were tried. So the commit and what its files are is
kept beside them, and everything that is fetched later is of that commit and the same.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lib_omost.disk import write_whole
from lib_omost.errors import ModelError

PIN = "omost-version.json"
_BLOCK = 2**20
_COMMIT = re.compile(r"[0-9a-f]{7,64}")


@dataclass(frozen=True)
class File:
    """A file of a repository: its bytes, and the digest by which the hub knows them, SHA-256 when it `is_large`."""

    size: int
    digest: str
    is_large: bool = False


@dataclass(frozen=True)
class Pin:
    """A commit of a repository, and those of its files that were fetched, by name."""

    revision: str
    files: Mapping[str, File] = field(default_factory=dict)


def read_pin(folder: Path) -> Pin | None:
    """The version that a model's folder is held to; None when there is none that can be read."""
    try:
        data = json.loads((folder / PIN).read_text(encoding="utf-8"))
        pin = Pin(str(data["revision"]), {name: File(**each) for name, each in data["files"].items()})
        return pin if _COMMIT.fullmatch(pin.revision) else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def write_pin(folder: Path, pin: Pin) -> None:
    """Hold a model's folder to a version. Raises OmostError when that cannot be written."""
    data = {"revision": pin.revision, "files": {name: asdict(each) for name, each in pin.files.items()}}
    text = json.dumps(data, indent=1) + "\n"
    write_whole(folder / PIN, text.encode(), what="the model's version", elsewhere="set HF_HOME to another folder")


def pinned(before: Pin | None, revision: str, siblings: Iterable[Any]) -> Pin:
    """The version with the files that the hub tells of it. Raises ModelError when it tells others than `before`."""
    if not _COMMIT.fullmatch(revision):
        raise ModelError(f"the hub names no commit but {revision[:60]!r}", hint="check HF_ENDPOINT, if it is set")
    told = {each.rfilename: _file(each) for each in siblings}
    if before is not None:
        changed = [name for name, file in told.items() if before.files.get(name, file) != file]
        if before.revision != revision or changed:
            what = f"{changed[0]} of version {revision[:10]}" if changed else f"version {revision[:10]}"
            raise ModelError(
                f"the hub gives another {what} than at the first download",
                hint="nothing was fetched; to take the new one, remove the model (`models remove`) and download it",
            )
    return Pin(revision, {**(before.files if before is not None else {}), **told})


def check_fetched(folder: Path, files: Mapping[str, File]) -> None:
    """Raise ModelError unless the files in a folder are those that the hub told of; a false one is taken away."""
    for name, file in files.items():
        path = (folder / name).resolve()
        if not path.is_file():
            continue  # that the model cannot be used without it is told by who looks for it
        if path.stat().st_size != file.size or (file.is_large and _sha256(path) != file.digest):
            path.unlink()
            raise ModelError(
                f"{name} came as another file than the hub says it is", hint="it was taken away: download it again"
            )


def _file(sibling: Any) -> File:
    large = getattr(sibling, "lfs", None)
    if large is None:
        return File(int(sibling.size or 0), str(sibling.blob_id or ""))
    digest = large["sha256"] if isinstance(large, dict) else large.sha256
    return File(int(sibling.size or 0), str(digest), is_large=True)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
