"""What can be drawn with a checkpoint that lies in the page's folder, told without loading it."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from pathlib import Path

from lib_omost.errors import OmostError
from lib_omost.hosts.diffusers.checkpoint import SD1, SDXL
from lib_omost.hosts.diffusers.families import family_named
from lib_omost.hosts.diffusers.gligen_layers import are_layers, says_layers
from lib_omost.hosts.diffusers.weights import tensor_names
from lib_omost.methods.names import GLIGEN, LAYER_DIFFUSE, TRAINED, UNET_METHODS


def methods_of(path: Path, *, gligen: bool, layers: bool) -> tuple[str, ...]:
    """The names of the methods that the checkpoint at `path` can do, its own first.

    gligen: GLIGEN's layers come into it where it is of SD1.x. layers: there are LayerDiffuse's files for one of SDXL.
    What cannot be read has a UNet's methods: loading it tells what is amiss.
    """
    if not (path / "model_index.json").is_file():
        names = _names(path, path.stat().st_mtime_ns) if path.is_file() else frozenset()
        has = {
            GLIGEN: are_layers(names) or (gligen and SD1.marker in names),
            LAYER_DIFFUSE: layers and SDXL.marker in names,
        }
        return (*UNET_METHODS, *(name for name in TRAINED if has[name]))
    try:
        index = json.loads((path / "model_index.json").read_text(encoding="utf-8"))
        family = family_named(index["_class_name"])
    except (OSError, ValueError, LookupError, TypeError, OmostError):
        return UNET_METHODS
    has = {
        GLIGEN: says_layers(path) or (gligen and family.pipeline == SD1.pipeline),
        LAYER_DIFFUSE: layers and family.pipeline == SDXL.pipeline,
    }
    return (*family.methods, *(name for name in TRAINED if has[name]))


@functools.lru_cache(maxsize=1024)
def _names(file: Path, _changed: int) -> frozenset[str]:
    """Of a file's tensors those that tell it; none where it cannot be read."""
    try:
        names: Iterable[str] = tensor_names(file)
    except Exception:  # noqa: BLE001 (whatever a damaged file makes libraries raise: loading it tells)
        return frozenset()
    return frozenset(name for name in names if name in (SD1.marker, SDXL.marker) or are_layers((name,)))
