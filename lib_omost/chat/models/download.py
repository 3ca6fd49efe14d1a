"""Fetching a model from the Hugging Face hub into its cache, with progress, and going on where it stopped."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib_omost.chat.models.catalogue import ModelSpec, Source
from lib_omost.chat.models.store import NEEDED, cache_folder, find_files
from lib_omost.errors import MissingPackageError, ModelError

_TICK = 0.5  # seconds between two reports


@dataclass(frozen=True)
class Progress:
    """Bytes that are here, of how many (0 when not known), and bytes a second."""

    done: int
    total: int
    per_second: float


def download(spec: ModelSpec, report: Callable[[Progress], None]) -> Path:
    """Fetch what is missing of a hub model; returns its folder or .gguf file.

    What was fetched before an interruption stays and is not fetched again. Raises ModelError when the hub cannot be
    reached, refuses, or the disk is full, MissingPackageError without huggingface_hub.
    """
    if spec.source is not Source.HUB:
        raise ModelError(f"{spec.name} is not on the hub", hint="it is already here, or comes with a package")
    if importlib.util.find_spec("huggingface_hub") is None:
        raise MissingPackageError("huggingface_hub", "downloading a model")
    hub = importlib.import_module("huggingface_hub")
    patterns = [spec.file] if spec.file else list(NEEDED)
    try:
        total = _total(hub, spec, patterns)
        _require_room(total)
        with _Reporting(spec, total, report):
            folder = hub.snapshot_download(
                spec.where, allow_patterns=patterns, cache_dir=str(cache_folder()), tqdm_class=_silent_bar()
            )
    except ModelError:
        raise
    except Exception as error:
        raise _fault(spec, error) from error
    found = find_files(spec)
    if found is None:
        raise ModelError(
            f"{spec.where} holds no model that can be used (its files are in {folder})",
            hint="choose a repository with config.json, tokenizer.json and .safetensors, or name its .gguf file",
        )
    return found


def _total(hub: Any, spec: ModelSpec, patterns: list[str]) -> int:
    """Bytes of the wanted files."""
    info = hub.HfApi().model_info(spec.where, files_metadata=True)
    sizes = [
        (file.size or 0)
        for file in info.siblings or []
        if any(Path(file.rfilename).match(pattern) for pattern in patterns)
    ]
    if not sizes:
        raise ModelError(
            f"{spec.where} holds no file that is wanted", hint="check the name, and that of the .gguf file"
        )
    return sum(sizes)


def _require_room(total: int) -> None:
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < total:
        raise ModelError(
            f"{total / 1e9:.1f} GB are needed and {free / 1e9:.1f} GB are free where models are kept ({folder})",
            hint="free some space, or set HF_HOME to another disk",
        )


class _Reporting:
    """Reports the growth of the repository's folder, whatever way the hub's own library fetches the files."""

    def __init__(self, spec: ModelSpec, total: int, report: Callable[[Progress], None]) -> None:
        self._blobs = cache_folder() / f"models--{spec.where.replace('/', '--')}" / "blobs"
        self._total, self._report = total, report
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._started, self._before = time.monotonic(), self._size()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        over = False
        while not over:
            over = self._over.wait(_TICK)
            done = self._size()
            seconds = max(time.monotonic() - self._started, 1e-3)
            self._report(Progress(done, max(self._total, done), (done - self._before) / seconds))

    def _size(self) -> int:
        total = 0
        for file in self._blobs.glob("*"):
            try:
                total += file.stat().st_size
            except OSError:
                continue  # renamed as it was finished
        return total


def _silent_bar() -> Any:
    """The hub's own progress bars, off."""
    from tqdm import tqdm

    class Silent(tqdm):  # type: ignore[type-arg]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            options.pop("name", None)
            super().__init__(*arguments, **{**options, "disable": True})

    return Silent


def _fault(spec: ModelSpec, error: Exception) -> ModelError:
    """The hub's error with what to do."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    kind = type(error).__name__
    if kind == "GatedRepoError" or status in {401, 403}:
        what, hint = (
            "needs an account that may use it",
            "accept its terms on the hub, then `hf auth login` and try again",
        )
    elif kind in {"RepositoryNotFoundError", "RevisionNotFoundError", "EntryNotFoundError"} or status == 404:
        what, hint = "is not on the hub", "check the name"
    elif isinstance(error, OSError) and error.errno == 28:
        what, hint = "does not fit the disk", "free some space, or set HF_HOME to another disk"
    else:
        what = f"could not be fetched ({' '.join(str(error).split())[:200] or kind})"
        hint = "check the connection and run it again: what was fetched stays; a mirror can be set with HF_ENDPOINT"
    return ModelError(f"{spec.where} {what}", hint=hint)
