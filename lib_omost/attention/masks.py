"""The layout as tensors: masks, the attention bias, pixels in the order of their groups."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from lib_omost.attention.layout import Layout, PlacedSpan
from lib_omost.attention.shares import log_share

# CUDA's memory-efficient kernel copies a bias whose rows do not start at multiples of 8 elements.
ALIGNMENT = 8


def span_masks(layout: Layout) -> torch.Tensor:
    """(S, H, W) bool on the CPU: which pixels see each span. No mask is empty and the first is full."""
    masks = torch.zeros(len(layout.spans), layout.height, layout.width, dtype=torch.bool)
    for mask, span in zip(masks, layout.spans, strict=True):
        mask[span.box.slices] = span.seen
    return masks


def attention_bias(layout: Layout, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    """(H·W, T): log ω where the pixel sees the token (0 without weights, edges and masks), -∞ where not.

    Rows start at multiples of ALIGNMENT elements.
    """
    aligned = -(-layout.tokens // ALIGNMENT) * ALIGNMENT
    bias = torch.full((layout.height, layout.width, aligned), float("-inf"), device=device, dtype=dtype)
    for span in layout.spans:
        seen = 0 if span.is_plain else log_share(span, bias)
        bias[span.box.slices][..., span.start : span.stop] = seen
    return bias.view(layout.pixels, aligned)[:, : layout.tokens]


def bias_of(bias: torch.Tensor, spans: Sequence[PlacedSpan]) -> torch.Tensor:
    """(P, T) → (P, tokens of the spans); rows start aligned."""
    tokens = sum(span.tokens for span in spans)
    whole = bias.new_empty(len(bias), -(-tokens // ALIGNMENT) * ALIGNMENT)
    torch.cat([bias[:, span.start : span.stop] for span in spans], dim=1, out=whole[:, :tokens])
    return whole[:, :tokens]


def pixel_order(layout: Layout) -> torch.Tensor:
    """(H·W,) int64 on the CPU: positions of the flattened layer's pixels, group after group of `layout.groups`."""
    positions = torch.arange(layout.pixels).view(layout.height, layout.width)
    return torch.cat([positions[box.slices].flatten() for group in layout.groups for box in group.boxes])
