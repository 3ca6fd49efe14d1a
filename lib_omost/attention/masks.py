"""The layout as tensors: masks and the attention bias."""

from __future__ import annotations

import torch

from lib_omost.attention.layout import Layout
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


def kept_bias(layout: Layout, like: torch.Tensor) -> torch.Tensor:
    """`attention_bias` on the device and in the dtype of `like`, made once a layout; it must not be changed."""
    name = ("bias", like.device, like.dtype)
    return layout.keep(name, lambda: attention_bias(layout, like.device, like.dtype))
