"""Attention decomposition: one softmax a region, the outputs blended where regions overlap.

The idea is known as attention couple, or as the attention mode of Regional Prompter; the readme of Omost describes it
beside its own formulation.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from lib_omost.attention.layout import Layout, PlacedSpan
from lib_omost.attention.shares import log_fade, share
from lib_omost.attention.tensors import (
    as_image,
    attend,
    box_view,
    check_shapes,
    full_precision,
    pixels_of,
    suited_to_device,
)

BASE_SHARE = 0.3


def decomposition_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    layout: Layout,
    *,
    scale: float | None = None,
    base_share: float = BASE_SHARE,
) -> torch.Tensor:
    """y = g·softmax(q kᵀ₀) v₀ + (1 - g)·Σᵣ (mᵣ / Σₛ mₛ)·softmax(q kᵀᵣ) vᵣ, with r and s over the local regions.

    g, the share of the global region 0, is `base_share` where a local region covers the pixel and 1 elsewhere. With
    weights and soft edges m is the fade, Σₛ mₛ at least 1 where any is over 0, each local region's share is multiplied
    by its weight, and all shares, g too, are divided by their sum.

    query: (B, heads, H·W, D); key, value: (B or 1, heads, T, D); scale None means 1/√D.
    Returns (B, heads, H·W, D). Raises ValueError when `base_share` is not within 0…1 or the shapes do not fit.
    """
    if not 0 <= base_share <= 1:
        raise ValueError(f"base_share must be within 0 and 1, not {base_share}")
    check_shapes(query, key, value, layout)
    dtype = query.dtype
    query, key, value = suited_to_device(query, key, value)

    def region(span: PlacedSpan) -> torch.Tensor:
        tokens = slice(span.start, span.stop)
        out = attend(pixels_of(query, layout, span.box), key[:, :, tokens], value[:, :, tokens], scale=scale)
        return full_precision(as_image(out, span.box.height, span.box.width))

    first, *local = layout.spans
    blend = region(first)  # (B, heads, H, W, D)
    if not layout.is_plain:
        return _weighted(blend, region, layout, base_share).flatten(2, 3).to(dtype)
    covered = torch.zeros(layout.height, layout.width, 1, device=blend.device, dtype=blend.dtype)
    for span in local:
        covered[span.box.slices] += 1
    local_share = (1 - base_share) / covered.clamp(min=1)
    blend *= torch.where(covered > 0, base_share, torch.ones_like(covered))
    for span in local:
        box_view(blend, span.box).addcmul_(region(span), local_share[span.box.slices])
    return blend.flatten(2, 3).to(dtype)


def _weighted(
    blend: torch.Tensor, region: Callable[[PlacedSpan], torch.Tensor], layout: Layout, base_share: float
) -> torch.Tensor:
    """(B, heads, H, W, D) of the global region's output `blend` and the local regions', with their shares."""
    shape = (layout.height, layout.width, 1)
    covered, faded = blend.new_zeros(shape), blend.new_zeros(shape)
    for span in layout.spans[1:]:
        here = log_fade(span, blend).exp()
        faded[span.box.slices] += here
        covered[span.box.slices][here > 0] = 1
    local_share = (1 - base_share) / faded.clamp(min=1)
    total = torch.where(covered > 0, base_share, torch.ones_like(covered))
    blend = blend * total
    for span in layout.spans[1:]:
        own = local_share[span.box.slices] * share(span, blend)
        box_view(blend, span.box).addcmul_(region(span), own)
        total[span.box.slices] += own
    return blend / total
