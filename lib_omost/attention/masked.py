"""The layout alone: every pixel sees the tokens of its regions, with the scores that the model gives them."""

from __future__ import annotations

import torch

from lib_omost.attention.layout import Layout
from lib_omost.attention.masks import kept_bias
from lib_omost.attention.tensors import attend, check_shapes, suited_to_device


def masked_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    layout: Layout,
    *,
    scale: float | None = None,
) -> torch.Tensor:
    """softmax(q kᵀ · scale) v over the tokens whose box the pixel is in.

    query: (B, heads, H·W, D); key, value: (B or 1, heads, T, D); scale None means 1/√D.
    Returns (B, heads, H·W, D). Raises ValueError when the shapes do not fit.
    """
    check_shapes(query, key, value, layout)
    dtype = query.dtype
    query, key, value = suited_to_device(query, key, value)
    bias = kept_bias(layout, query) if len(layout.spans) > 1 else None
    return attend(query, key, value, scale=scale, bias=bias).to(dtype)
