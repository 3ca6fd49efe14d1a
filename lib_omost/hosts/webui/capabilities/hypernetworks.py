"""Whether hypernetworks change what keys and values are projected from."""

from __future__ import annotations

from typing import Any

import torch

from lib_omost.hosts.cross_attention import Contexts, unchanged


def contexts_of(patcher: Any) -> Contexts:
    """(rows, T, C) → the tokens, or pixels, for the keys and for the values, by the hypernetworks that are loaded.

    A UNet behind a patcher attends by its backend, which knows none of them.
    """
    if patcher is not None:
        return unchanged
    try:
        from modules import shared
        from modules.hypernetworks.hypernetwork import apply_hypernetworks
    except ImportError:
        return unchanged

    def contexts(tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return apply_hypernetworks(shared.loaded_hypernetworks, tokens)

    return contexts
