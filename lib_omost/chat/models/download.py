"""Fetching a model from the Hugging Face hub into its cache, with progress, and going on where it stopped."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib_omost.chat.models.catalogue import ModelSpec, Source
from lib_omost.chat.models.pin import File, Pin, check_fetched, pinned, read_pin, write_pin
from lib_omost.chat.models.store import NEEDED, cache_folder, find_files, model_folder
from lib_omost.disk import FULL
from lib_omost.errors import MissingPackageError, ModelError, OmostError

_TICK = 0.5  # seconds between two reports


@dataclass(frozen=True)
class Progress:
    """Bytes that are here, of how many (0 when not known), and bytes a second."""

    done: int
    total: int
    per_second: float


def download(spec: ModelSpec, report: Callable[[Progress], None]) -> Path:
    """Fetch what is missing of a hub model; returns its folder or .gguf file.

    What was fetched before an interruption stays and is not fetched again. The first download takes the version that
    the model names, else today's, and holds every later one to it. Raises ModelError when the hub cannot be reached,
    refuses, gives other files than before, or the disk takes no more, MissingPackageError without huggingface_hub.
    """
    if spec.source is not Source.HUB:
        raise ModelError(f"{spec.name} is not on the hub", hint="it is already here, or comes with a package")
    if importlib.util.find_spec("huggingface_hub") is None:
        raise MissingPackageError("huggingface_hub", "downloading a model")
    hub = importlib.import_module("huggingface_hub")
    patterns = [spec.file] if spec.file else list(NEEDED)
    try:
        pin = _version(hub, spec, patterns)
        wanted = {name: file for name, file in pin.files.items() if _is_wanted(name, patterns)}
        lacking = {name: file for name, file in wanted.items() if not _is_here(spec, pin, name, file)}
        _require_room(sum(file.size for file in lacking.values()) - _begun(spec, lacking))
        write_pin(model_folder(spec), pin)
        with _Reporting(spec, sum(file.size for file in wanted.values()), report):
            folder = Path(
                hub.snapshot_download(
                    spec.where,
                    revision=pin.revision,
                    allow_patterns=patterns,
                    cache_dir=str(cache_folder()),
                    tqdm_class=_silent_bar(),
                )
            )
        check_fetched(folder, lacking)
    except OmostError:
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


def _version(hub: Any, spec: ModelSpec, patterns: list[str]) -> Pin:
    """The version to fetch, with its files: that of the first download, else the model's own, else today's."""
    before = read_pin(model_folder(spec))
    wanted = before.revision if before is not None else spec.revision
    info = hub.HfApi().model_info(spec.where, revision=wanted or None, files_metadata=True)
    siblings = [file for file in info.siblings or [] if _is_wanted(file.rfilename, patterns)]
    if not siblings:
        raise ModelError(
            f"{spec.where} holds no file that is wanted", hint="check the name, and that of the .gguf file"
        )
    return pinned(before, info.sha, siblings)


def _is_wanted(name: str, patterns: list[str]) -> bool:
    return any(Path(name).match(pattern) for pattern in patterns)


def _is_here(spec: ModelSpec, pin: Pin, name: str, file: File) -> bool:
    """Whether all of a file is in the cache, for this version or another one."""
    model = model_folder(spec)
    places = (model / "snapshots" / pin.revision / name, model / "blobs" / (file.digest or "none"))
    return any(place.is_file() and place.stat().st_size == file.size for place in places)


def _begun(spec: ModelSpec, files: Mapping[str, File]) -> int:
    """Bytes of files that were begun: some versions of the hub's library go on with them."""
    begun = ((model_folder(spec) / "blobs" / f"{file.digest}.incomplete", file.size) for file in files.values())
    return sum(min(size, place.stat().st_size) for place, size in begun if place.is_file())


def _require_room(needed: int) -> None:
    """Raise ModelError unless the disk has room for what is still to come."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ModelError(
            f"{needed / 1e9:.1f} GB are needed and {free / 1e9:.1f} GB are free where models are kept ({folder})",
            hint="free some space, or set HF_HOME to another disk",
        )


class _Reporting:
    """Reports the growth of the repository's folder, whatever way the hub's own library fetches the files."""

    def __init__(self, spec: ModelSpec, total: int, report: Callable[[Progress], None]) -> None:
        self._blobs = model_folder(spec) / "blobs"
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
    elif kind == "RevisionNotFoundError":
        what = "has no longer the version on the hub that was fetched first"
        hint = "to take today's, remove the model (`models remove`) and download it"
    elif kind in {"RepositoryNotFoundError", "EntryNotFoundError"} or status == 404:
        what, hint = "is not on the hub", "check the name"
    elif kind == "HFValidationError":
        what, hint = "is no name of a model on the hub", "write it as owner/name"
    elif kind == "OfflineModeIsEnabled":
        what, hint = "is not fetched: the hub's library is told to stay offline", "unset HF_HUB_OFFLINE"
    elif isinstance(error, OSError) and error.errno in FULL:
        what = f"does not fit the disk of {cache_folder()}"
        hint = "free some space, or set HF_HOME to another disk"
    elif isinstance(error, OSError) and error.filename is not None:
        what = f"cannot be kept in {cache_folder()}: {error.strerror or error}"
        hint = "make the folder writable, or set HF_HOME to another one"
    else:
        what = f"could not be fetched ({' '.join(str(error).split())[:200] or kind})"
        hint = "check the connection and run it again: what was fetched stays; a mirror can be set with HF_ENDPOINT"
    return ModelError(f"{spec.where} {what}", hint=hint)
