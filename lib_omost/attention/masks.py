"""The layout as tensors: masks, the attention bias, pixels in the order of their groups."""

from __future__ import annotations

import torch

from lib_omost.attention.layout import Layout

# CUDA's memory-efficient kernel copies a bias whose rows do not start at multiples of 8 elements.
ALIGNMENT = 8


def span_masks(layout: Layout) -> torch.Tensor:
    """(S, H, W) bool on the CPU: which pixels see each span. No mask is empty and the first is full."""
    masks = torch.zeros(len(layout.spans), layout.height, layout.width, dtype=torch.bool)
    for mask, span in zip(masks, layout.spans, strict=True):
        mask[span.box.slices] = True
    return masks


def attention_bias(layout: Layout, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    """(H·W, T): 0 where the pixel sees the token, -∞ where not; rows start at multiples of ALIGNMENT elements."""
    aligned = -(-layout.tokens // ALIGNMENT) * ALIGNMENT
    bias = torch.full((layout.height, layout.width, aligned), float("-inf"), device=device, dtype=dtype)
    for span in layout.spans:
        bias[span.box.slices][..., span.start : span.stop] = 0
    return bias.view(layout.pixels, aligned)[:, : layout.tokens]


def pixel_order(layout: Layout) -> torch.Tensor:
    """(H·W,) int64 on the CPU: positions of the flattened layer's pixels, group after group of `layout.groups`."""
    positions = torch.arange(layout.pixels).view(layout.height, layout.width)
    return torch.cat([positions[box.slices].flatten() for group in layout.groups for box in group.boxes])
