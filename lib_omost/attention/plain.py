"""Plain cross-attention: every pixel sees every token, wherever its box is."""

from __future__ import annotations

import torch

from lib_omost.attention.layout import Layout
from lib_omost.attention.shares import log_weight
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


def weighted_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    layout: Layout,
    *,
    scale: float | None = None,
) -> torch.Tensor:
    """As `plain_attention`, every span's share of each pixel's attention times its weight."""
    check_shapes(query, key, value, layout)
    dtype = query.dtype
    query, key, value = suited_to_device(query, key, value)
    bias = layout.keep(("weights", query.device, query.dtype), lambda: weight_bias(layout, query))
    return attend(query, key, value, scale=scale, bias=bias).to(dtype)


def weight_bias(layout: Layout, like: torch.Tensor) -> torch.Tensor | None:
    """(1, T), the logarithm of each token's weight, on the device and in the dtype of `like`; None where all are 1."""
    if all(span.weight == 1 for span in layout.spans):
        return None
    bias = [log_weight(span) for span in layout.spans for _ in range(span.tokens)]
    return torch.tensor([bias], device=like.device, dtype=like.dtype)


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
