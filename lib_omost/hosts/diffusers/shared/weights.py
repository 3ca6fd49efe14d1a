"""Tensors from a checkpoint's file, which may hold nothing else: a pickle that would run code is refused."""

from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from lib_omost.errors import BadInputError, ModelError
from lib_omost.reasons import reason


def read_tensors(file: Path) -> Mapping[str, torch.Tensor]:
    """Name → tensor, on the CPU, as the file keeps them.

    Raises BadInputError for a pickle of more than tensors. What a damaged file makes safetensors or torch raise passes.
    """
    if file.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(file)
    return _unpickled(file)


def read_sharded(file: Path) -> Mapping[str, torch.Tensor]:
    """The tensors of one file, or of all that an index `….index.json` names beside it; raises as above.

    Raises ModelError for an index that names anything but files beside it.
    """
    if file.suffix != ".json":
        return read_tensors(file)
    try:
        names = sorted(set(json.loads(file.read_text(encoding="utf-8"))["weight_map"].values()))
        beside = [file.parent / Path(name).name for name in names]
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ModelError(f"cannot read {file}: {reason(error)}", hint="is the folder complete?") from error
    if missing := [one.name for one in beside if not one.is_file()]:
        raise ModelError(f"{file.parent} lacks {missing[0]}", hint="is the folder complete?")
    return {name: tensor for one in beside for name, tensor in read_tensors(one).items()}


def tensor_names(file: Path) -> Iterable[str]:
    """The names of the tensors in a checkpoint, read without its weights where the format allows; raises as above."""
    if file.suffix == ".safetensors":
        from safetensors import safe_open

        with safe_open(file, framework="pt") as tensors:
            return list(tensors.keys())
    return list(_unpickled(file))


def _unpickled(file: Path) -> Mapping[str, Any]:
    try:  # files from before torch 1.6 are no zip, and cannot be mapped
        state = torch.load(file, map_location="cpu", mmap=zipfile.is_zipfile(file), weights_only=True)
    except pickle.UnpicklingError:
        raise BadInputError(
            f"{file.name} holds more than tensors, or is damaged",
            hint="more than tensors may be code that runs when it is read: use this checkpoint's .safetensors file",
        ) from None
    found: Mapping[str, Any] = state.get("state_dict", state)
    return found
