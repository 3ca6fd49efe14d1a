"""A whole network's tensors, widened by one rule a tensor and completed with layers that do nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

from widening.channels import Widen

Tensors = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Rule:
    """What becomes of one tensor: its rows (dimension 0) are produced, its columns (dimension 1) consumed.

    None leaves a dimension as it is. `gain` multiplies the result.
    """

    rows: Widen | None = None
    columns: Widen | None = None
    gain: float = 1.0

    def apply(self, tensor: torch.Tensor) -> torch.Tensor:
        """The wide tensor, a new one."""
        wide = tensor * self.gain
        if self.rows is not None:
            wide = self.rows(tensor.shape[0]).produced(wide, 0)
        if self.columns is not None and tensor.ndim > 1:
            wide = self.columns(tensor.shape[1]).consumed(wide, 1)
        return wide


def load_widened(wide: torch.nn.Module, narrow: Tensors, rule: Callable[[str], Rule]) -> None:
    """Fill `wide` with the tensors of `narrow`, each widened by its rule.

    Layers that `narrow` lacks must be residual branches: all zero but for the scales of norms, they add nothing.
    Raises ValueError when a tensor has no place in `wide` or another shape there.
    """
    state = wide.state_dict()
    for name in narrow.keys() - state.keys():
        raise ValueError(f"the wide network has no {name}")
    filled = {name: _nothing(name, tensor) for name, tensor in state.items()}
    for name, tensor in narrow.items():
        filled[name] = rule(name).apply(tensor) if tensor.is_floating_point() else tensor
        if filled[name].shape != state[name].shape:
            raise ValueError(f"{name} is {tuple(filled[name].shape)} and not {tuple(state[name].shape)}")
    wide.load_state_dict(filled)


def _nothing(name: str, tensor: torch.Tensor) -> torch.Tensor:
    """A norm that only normalises, or a layer that gives zero."""
    is_scale = "norm" in name and name.endswith("weight")
    return torch.ones_like(tensor) if is_scale else torch.zeros_like(tensor)
