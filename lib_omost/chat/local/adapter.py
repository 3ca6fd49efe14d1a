"""The weights that training added to a model, as they ship, and the weights of the two together.

A matrix is kept in 8 bits a number with one scale a row, under its name and the same with ".scale"; the two of a layer
NAME are NAME.down (rank, in) and NAME.up (out, rank).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from lib_omost.errors import AdapterError
from lib_omost.shipped import CHECKOUT_ONLY, is_installed, shipped

SCALE = ".scale"
_DOWN, _UP = ".down", ".up"
_HINT = CHECKOUT_ONLY if is_installed() else "install this program anew: the file is part of it"


def adapter_file() -> Path:
    """The shipped adapter, as a checkout or an extension folder has it."""
    return shipped("assets", "composer", "adapter.safetensors")


def read_adapter(path: Path) -> dict[str, torch.Tensor]:
    """The weights of an adapter's file by name, in float32. Raises AdapterError when it cannot be read."""
    try:
        parts = load_file(path)
        return {
            name: part.float() * parts[name + SCALE] if name + SCALE in parts else part.float()
            for name, part in parts.items()
            if not name.endswith(SCALE)
        }
    except (OSError, SafetensorError, RuntimeError) as error:
        raise AdapterError(f"the composer's weights in {path} cannot be read: {error}", hint=_HINT) from error


def merged(base: Mapping[str, torch.Tensor], adapter: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """`base`, by names that end in ".weight", plus what the adapter adds to its layers, up @ down; all in float32.

    The base is rounded to bfloat16 first, as it was when the adapter was trained. Raises AdapterError when the adapter
    is another model's.
    """
    weights = {name: weight.to(torch.bfloat16).float() for name, weight in base.items()}
    layers = {name.removesuffix(_DOWN) for name in adapter if name.endswith(_DOWN)}
    try:
        for layer in layers:
            weights[f"{layer}.weight"] += adapter[layer + _UP] @ adapter[layer + _DOWN]
    except (KeyError, RuntimeError) as error:
        raise AdapterError(f"the composer's weights do not fit the model: {error}", hint=_HINT) from error
    if not layers:
        raise AdapterError("the composer's weights hold no layer of the model", hint=_HINT)
    return weights
