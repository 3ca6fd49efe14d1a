"""What can be drawn with a checkpoint that lies in the page's folder, told without loading it."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from pathlib import Path

from lib_omost.errors import OmostError
from lib_omost.hosts.diffusers.checkpoint import SD1
from lib_omost.hosts.diffusers.families import family_named
from lib_omost.hosts.diffusers.gligen_layers import are_layers, says_layers
from lib_omost.hosts.diffusers.weights import tensor_names
from lib_omost.methods.names import GLIGEN, UNET_METHODS


def methods_of(path: Path, *, beside: bool) -> tuple[str, ...]:
    """The names of the methods that the checkpoint at `path` can do, its own first.

    beside: GLIGEN's layers come into it where it is of SD1.x. What cannot be read has a UNet's: loading it tells what
    is amiss.
    """
    if not (path / "model_index.json").is_file():
        names = _names(path, path.stat().st_mtime_ns) if path.is_file() else frozenset()
        has_layers = are_layers(names) or (beside and SD1.marker in names)
        return (*UNET_METHODS, GLIGEN) if has_layers else UNET_METHODS
    try:
        index = json.loads((path / "model_index.json").read_text(encoding="utf-8"))
        family = family_named(index["_class_name"])
    except (OSError, ValueError, LookupError, TypeError, OmostError):
        return UNET_METHODS
    has_layers = says_layers(path) or (beside and family.pipeline == SD1.pipeline)
    return (*family.methods, GLIGEN) if has_layers else family.methods


@functools.lru_cache(maxsize=1024)
def _names(file: Path, _changed: int) -> frozenset[str]:
    """Of a file's tensors that tell it; none where it cannot be read."""
    try:
        names: Iterable[str] = tensor_names(file)
    except Exception:  # noqa: BLE001 (whatever a damaged file makes libraries raise: loading it tells)
        return frozenset()
    return frozenset(name for name in names if name == SD1.marker or are_layers((name,)))
