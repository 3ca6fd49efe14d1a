"""Tensors from a checkpoint's file, which may hold nothing else: a pickle that would run code is refused."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from lib_omost.errors import BadInputError


def read_tensors(file: Path) -> Mapping[str, torch.Tensor]:
    """Name → tensor, on the CPU, as the file keeps them.

    Raises BadInputError for a pickle of more than tensors. What a damaged file makes safetensors or torch raise passes.
    """
    if file.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(file)
    return _unpickled(file)


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
