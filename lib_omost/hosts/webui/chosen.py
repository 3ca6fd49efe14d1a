"""The model that the next picture is drawn with, before it is drawn: by what is loaded, else by its file."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib_omost.defaults.checkpoints import methods_for
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.capabilities.checkpoint_file import checkpoint_file
from lib_omost.hosts.webui.capabilities.defaults import checkpoint_of
from lib_omost.hosts.webui.capabilities.denoiser import denoiser_of
from lib_omost.hosts.webui.capabilities.encoder import has_encoder
from lib_omost.hosts.webui.capabilities.families import family_by_weights, family_of, is_packed
from lib_omost.hosts.webui.capabilities.steerable import cannot_steer, cannot_steer_packed, is_built, refusal_of
from lib_omost.methods.names import PLAIN

MOST_HEADER = 64 * 2**20  # bytes of a safetensors file's table of contents


@dataclass(frozen=True)
class ChosenModel:
    """name: its family, or its file's name where that is not known; None while none is chosen.

    has_regions: whether its pictures can be steered by regions, None where that cannot be told before it is loaded.
    reason: why not, and what to do.
    methods: the names of those that it can do, its own first; none where that is not known.
    """

    name: str | None = None
    has_regions: bool | None = None
    reason: str = ""
    methods: tuple[str, ...] = ()


def chosen_model() -> ChosenModel:
    """The one that the WebUI draws the next picture with. Nothing is loaded for that."""
    from modules import sd_models

    file = checkpoint_file({})
    loaded = getattr(sd_models.model_data, "sd_model", None)
    its_file = getattr(getattr(loaded, "sd_checkpoint_info", None), "filename", None)
    if its_file is not None and file in (None, Path(its_file)):
        return _loaded(loaded)
    return ChosenModel() if file is None else _on_disk(file)


def _loaded(model: Any) -> ChosenModel:
    name = family_of(model)
    try:
        methods = methods_for(denoiser_of(model).methods, checkpoint_of(model), name)
        if not has_encoder(model):
            raise refusal_of(model)
    except OmostError as error:
        return ChosenModel(name, False, error.told, (PLAIN,))
    return ChosenModel(name, True, "", methods)


def _on_disk(file: Path) -> ChosenModel:
    """By the names of its weights, which a safetensors file tells at its beginning."""
    names = weight_names(file)
    if not names:
        return ChosenModel(file.name)
    name = family_by_weights(names) or file.name
    if is_packed(names):
        return ChosenModel(name, False, cannot_steer_packed(name).told, (PLAIN,))
    layers = [each for each in names if ".attn2.to_k." in each]
    if layers:  # in another layout than the original's they are the host's to convert
        return ChosenModel(name, True if "input_blocks." in layers[0] else None)
    if is_built(name):  # as its blocks are looked for; whether it is so is known when it is loaded
        return ChosenModel(name)
    return ChosenModel(name, False, cannot_steer(name).told, (PLAIN,))


def weight_names(file: Path) -> Collection[str]:
    """Those of a safetensors file; none of a file that is another kind, or cannot be read."""
    try:
        with file.open("rb") as source:
            size = int.from_bytes(source.read(8), "little")
            header = json.loads(source.read(size)) if 0 < size <= MOST_HEADER else {}
    except (OSError, ValueError, RecursionError):
        return ()
    return header.keys() if isinstance(header, dict) else ()
