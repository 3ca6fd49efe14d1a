"""What can be drawn with a checkpoint that lies in the page's folder, told without loading it."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from pathlib import Path

from lib_omost.defaults.checkpoints import methods_for
from lib_omost.errors import OmostError
from lib_omost.hosts.diffusers.checkpoint import SD1, SDXL
from lib_omost.hosts.diffusers.families import family_named
from lib_omost.hosts.diffusers.shared.weights import tensor_names
from lib_omost.hosts.diffusers.trained.gligen_layers import are_layers, says_layers
from lib_omost.methods.names import GLIGEN, INSTANCE_DIFFUSION, LAYER_DIFFUSE, UNET_METHODS


def methods_of(path: Path, *, gligen: bool, instances: bool, layers: bool) -> tuple[str, ...]:
    """The names of the methods that the checkpoint at `path` can do, its own first.

    gligen, instances: such layers come into it where it is of SD1.x, the latter in place of the former. layers: there
    are LayerDiffuse's files for one of SDXL. What cannot be read has a UNet's methods: loading it tells what is amiss.
    """

    def with_more(own: tuple[str, ...], *, is_gated: bool, is_sd1: bool, is_sdxl: bool) -> tuple[str, ...]:
        has = {
            GLIGEN: is_gated or (gligen and is_sd1),
            INSTANCE_DIFFUSION: instances and is_sd1,
            LAYER_DIFFUSE: layers and is_sdxl,
        }
        has[GLIGEN] = has[GLIGEN] and not has[INSTANCE_DIFFUSION]
        return (*own, *(name for name, is_there in has.items() if is_there))

    if not (path / "model_index.json").is_file():
        names = _names(path, path.stat().st_mtime_ns) if path.is_file() else frozenset()
        is_sd1, is_sdxl = SD1.marker in names, SDXL.marker in names
        kind = next((family_named(one.pipeline).name for one in (SD1, SDXL) if one.marker in names), "")
        own = methods_for(UNET_METHODS, path.name, kind)
        return with_more(own, is_gated=are_layers(names), is_sd1=is_sd1, is_sdxl=is_sdxl)
    try:
        index = json.loads((path / "model_index.json").read_text(encoding="utf-8"))
        family = family_named(index["_class_name"])
    except (OSError, ValueError, LookupError, TypeError, OmostError):
        return UNET_METHODS
    is_sd1, is_sdxl = family.pipeline == SD1.pipeline, family.pipeline == SDXL.pipeline
    own = methods_for(family.drawn_by, path.name, family.name)
    return with_more(own, is_gated=says_layers(path), is_sd1=is_sd1, is_sdxl=is_sdxl)


@functools.lru_cache(maxsize=1024)
def _names(file: Path, _changed: int) -> frozenset[str]:
    """Of a file's tensors those that tell it; none where it cannot be read."""
    try:
        names: Iterable[str] = tensor_names(file)
    except Exception:  # noqa: BLE001 (whatever a damaged file makes libraries raise: loading it tells)
        return frozenset()
    return frozenset(name for name in names if name in (SD1.marker, SDXL.marker) or are_layers((name,)))
