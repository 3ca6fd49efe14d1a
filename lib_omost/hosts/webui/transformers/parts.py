"""What the kinds of transformers are probed for."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import torch


def takes(module: Any, *names: str) -> bool:
    """Whether the forward of a module's class knows these arguments."""
    forward = getattr(type(module), "forward", None)
    return forward is not None and set(names) <= inspect.signature(forward).parameters.keys()


def is_linear(projection: Any) -> bool:
    """Whether it has a weight as torch's linear layers have: those of other engines are packed, and fused with more."""
    return isinstance(getattr(projection, "weight", None), torch.Tensor)


def each_alone(rotations: torch.Tensor, axis: int, lengths: Sequence[int]) -> torch.Tensor:
    """Rotations by position along `axis`, texts of these lengths in front: each text has those that it had alone."""
    texts = (rotations.narrow(axis, 0, length) for length in lengths)
    first = sum(lengths)
    return torch.cat([*texts, rotations.narrow(axis, first, rotations.shape[axis] - first)], dim=axis)
