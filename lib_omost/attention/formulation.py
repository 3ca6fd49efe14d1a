"""What every formulation of regional attention is called like, so that a method picks one."""

from __future__ import annotations

from typing import Protocol

import torch

from lib_omost.attention.layout import Layout


class Formulation(Protocol):
    """Cross-attention that keeps the tokens of a span to its box."""

    def __call__(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        layout: Layout,
        *,
        scale: float | None = None,
    ) -> torch.Tensor:
        """(B, heads, H·W, D), (B or 1, heads, T, D), (B or 1, heads, T, D) → (B, heads, H·W, D)."""
        ...
