"""Plain cross-attention: every pixel sees every token, wherever its box is."""

from __future__ import annotations

import torch

from lib_omost.attention.layout import Layout
from lib_omost.attention.tensors import attend, check_shapes, suited_to_device


def plain_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    layout: Layout,
    *,
    scale: float | None = None,
) -> torch.Tensor:
    """softmax(q kᵀ · scale) v, the attention of a method that leaves it as it is.

    query: (B, heads, H·W, D); key, value: (B or 1, heads, T, D); scale None means 1/√D.
    Returns (B, heads, H·W, D). Raises ValueError when the shapes do not fit.
    """
    check_shapes(query, key, value, layout)
    return attend(*suited_to_device(query, key, value), scale=scale).to(query.dtype)


def pixel_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    layout: Layout,  # noqa: ARG001 (the signature is the contract)
    *,
    scale: float | None = None,
) -> torch.Tensor:
    """Self-attention, (B, heads, H·W, D) each, as it is."""
    return attend(*suited_to_device(query, key, value), scale=scale).to(query.dtype)
