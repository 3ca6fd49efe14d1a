"""The score formulation: one softmax over the tokens of all regions, with the scores of rare tokens raised.

For pixel i and token j with mask m: score'ᵢⱼ = score·(H·W / Σᵢ mᵢⱼ) where m = 1, -∞ where m = 0. It is the baseline
render of Omost ("A Baseline Renderer" in its readme). A soft edge is a mask between 0 and 1, and log ω is added to the
score then (see `shares.py`). The factor is the same for all tokens of a span, which leaves several exact ways to
compute it; none holds heads × pixels × tokens scores at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch

from lib_omost.attention.cost import BY_REGION, GROUPED, MASKED
from lib_omost.attention.fused_calls import with_log_sum_exp
from lib_omost.attention.groups import attend_groups
from lib_omost.attention.layout import Layout, PlacedSpan
from lib_omost.attention.masks import kept_bias
from lib_omost.attention.shares import log_share
from lib_omost.attention.tensors import (
    as_image,
    attend,
    box_view,
    full_precision,
    pixels_of,
)
from lib_omost.attention.ways import by_way


def score_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    layout: Layout,
    *,
    scale: float | None = None,
    way: str | None = None,
) -> torch.Tensor:
    """Cross-attention in the score formulation.

    query: (B, heads, H·W, D); key, value: (B or 1, heads, T, D); scale None means 1/√D.
    way: a name of WAYS; None takes the cheapest for these shapes. They differ in time and rounding only.
    Returns (B, heads, H·W, D). Raises ValueError when the shapes do not fit or the way is unknown.
    """
    return by_way(WAYS, query, key, value, layout, way=way, scale=scale)


def by_region(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, layout: Layout, scale: float
) -> torch.Tensor:
    """One fused call a span, over just its box; the partial softmaxes are joined by their log-sum-exps.

    The factor goes into the call's scale, so keys are neither changed nor copied. Joining is FlashAttention's step
    from one block of keys to the next (Dao et al. 2022): a softmax over two sets of tokens is the mean of the softmax
    over each, weighted by exp(log-sum-exp). Parts in half precision are joined in float32.
    """

    def region(span: PlacedSpan) -> tuple[torch.Tensor, torch.Tensor]:
        tokens, (height, width) = slice(span.start, span.stop), (span.box.height, span.box.width)
        out, lse = with_log_sum_exp(
            pixels_of(query, layout, span.box), key[:, :, tokens], value[:, :, tokens], scale * layout.factor(span)
        )
        return full_precision(as_image(out, height, width)), as_image(lse.unsqueeze(-1), height, width)

    first, *local = layout.spans
    joined, lse = region(first)  # (B, heads, H, W, D), (B, heads, H, W, 1)
    for span in local:
        part, part_lse = region(span)
        if not span.is_plain:
            part_lse = part_lse + log_share(span, part_lse)
        lse_here = box_view(lse, span.box)
        box_view(joined, span.box).lerp_(part, torch.sigmoid(part_lse - lse_here))
        lse_here.copy_(torch.logaddexp(lse_here, part_lse))
    return joined.flatten(2, 3).to(query.dtype)


def masked(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, layout: Layout, scale: float) -> torch.Tensor:
    """One fused call over all pixels and tokens with a (H·W, T) bias; the factors are folded into the keys."""
    key, scale = _fold(key, layout, scale)
    return attend(query, key, value, scale=scale, bias=kept_bias(layout, query))


def grouped(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, layout: Layout, scale: float) -> torch.Tensor:
    """All pixels that see the same spans side by side (`groups.py`), without a bias; factors folded into the keys.

    Where spans have weights or soft edges it is `masked`.
    """
    if not layout.is_plain:
        return masked(query, key, value, layout, scale)
    key, scale = _fold(key, layout, scale)
    if len(layout.groups) == 1:  # all pixels see all tokens
        return attend(query, key, value, scale=scale)
    return attend_groups(query, key, value, layout, scale=scale)


Way = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, Layout, float], torch.Tensor]
WAYS: Mapping[str, Way] = MappingProxyType({BY_REGION: by_region, MASKED: masked, GROUPED: grouped})


def _fold(key: torch.Tensor, layout: Layout, scale: float) -> tuple[torch.Tensor, float]:
    """Keys times the factor of their span, and the scale that goes with them.

    The keys are divided by the largest factor and the scale is multiplied by it: a one-pixel box on 64 × 64 has the
    factor 4,096, and keys times that overflow in float16, while fused kernels apply the scale in float32.
    """
    largest = max(layout.factor(span) for span in layout.spans)

    def make() -> torch.Tensor:
        shares = torch.empty(layout.tokens, 1, dtype=key.dtype)
        for span in layout.spans:
            shares[span.start : span.stop] = layout.factor(span) / largest
        return shares.to(key.device)

    return key * layout.keep(("factors", key.device, key.dtype), make), scale * largest
