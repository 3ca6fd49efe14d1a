"""The family of regional attention methods: all take the same tensors, so a host or a setting picks one by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

import torch

from lib_omost.attention.decomposition import decomposition_attention
from lib_omost.attention.layout import Layout
from lib_omost.attention.names import DECOMPOSITION, SCORE
from lib_omost.attention.score import score_attention


class AttentionMethod(Protocol):
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


METHODS: Mapping[str, AttentionMethod] = MappingProxyType(
    {SCORE: score_attention, DECOMPOSITION: decomposition_attention}
)
