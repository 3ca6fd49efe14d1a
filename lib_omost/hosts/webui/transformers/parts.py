"""What the kinds of transformers are probed for."""

from __future__ import annotations

import inspect
from typing import Any

import torch


def takes(module: Any, *names: str) -> bool:
    """Whether the forward of a module's class knows these arguments."""
    forward = getattr(type(module), "forward", None)
    return forward is not None and set(names) <= inspect.signature(forward).parameters.keys()


def is_linear(projection: Any) -> bool:
    """Whether it has a weight as torch's linear layers have: those of other engines are packed, and fused with more."""
    return isinstance(getattr(projection, "weight", None), torch.Tensor)
