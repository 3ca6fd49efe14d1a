"""Autocast of a kind of device as it is now, in every torch that a WebUI brings: torch asks by kind since 2.4."""

from __future__ import annotations

from typing import Any

import torch

_BY_KIND = hasattr(torch, "get_autocast_dtype")
# Kind → the names under which older ones ask: whether it is on, and its dtype.
_OLDER = {
    "cuda": ("is_autocast_enabled", "get_autocast_gpu_dtype"),
    "cpu": ("is_autocast_cpu_enabled", "get_autocast_cpu_dtype"),
}


def autocast_dtype(kind: str) -> torch.dtype | None:
    """The dtype that products are computed in; None where autocast is off or not there."""
    if not is_there(kind) or not _ask("is_autocast_enabled", 0, kind):
        return None
    dtype: torch.dtype = _ask("get_autocast_dtype", 1, kind)
    return dtype


def is_there(kind: str) -> bool:
    """Whether this kind of device has an autocast."""
    return torch.amp.is_autocast_available(kind) if _BY_KIND else kind in _OLDER


def _ask(name: str, older: int, kind: str) -> Any:
    return getattr(torch, name)(kind) if _BY_KIND else getattr(torch, _OLDER[kind][older])()
