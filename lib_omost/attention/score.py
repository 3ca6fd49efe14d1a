"""The score formulation: one softmax over the tokens of all regions, with the scores of rare tokens raised.

For pixel i and token j with mask m: score'ᵢⱼ = score·(H·W / Σᵢ mᵢⱼ) where m = 1, -∞ where m = 0. It is the baseline
render of Omost ("A Baseline Renderer" in its readme). A soft edge is a mask between 0 and 1, and log ω is added to the
score then (see `shares.py`). The factor is the same for all tokens of a span, which leaves several exact ways to
compute it; none holds heads × pixels × tokens scores at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch

from lib_omost.attention.cost import BY_REGION, GROUPED, MASKED
from lib_omost.attention.formulation import Attention
from lib_omost.attention.fused_calls import with_log_sum_exp
from lib_omost.attention.groups import attend_groups
from lib_omost.attention.layout import Layout, PlacedSpan
from lib_omost.attention.masks import kept_bias
from lib_omost.attention.shares import log_share
from lib_omost.attention.tensors import (
    as_image,
    attention_to,
    box_view,
    full_precision,
    pixels_of,
)
from lib_omost.attention.ways import ByWay, Way


@dataclass(frozen=True)
class Score(ByWay):
    """A `Formulation`, by the way of WAYS with that name, or the cheapest."""

    way: str | None = None

    def ways(self) -> Mapping[str, Way]:
        """WAYS."""
        return WAYS

    def folded(self, key: torch.Tensor, layout: Layout) -> torch.Tensor:
        """Keys times the factor of their span, as a share of the largest one.

        A one-pixel box on 64 × 64 has the factor 4,096, and keys times that overflow in float16; fused kernels apply a
        scale in float32.
        """
        largest = _largest(layout)
        if all(layout.factor(span) == largest for span in layout.spans):
            return key

        def make() -> torch.Tensor:
            shares = torch.empty(layout.tokens, 1, dtype=key.dtype)
            for span in layout.spans:
                shares[span.start : span.stop] = layout.factor(span) / largest
            return shares.to(key.device)

        return key * layout.keep(("factors", key.device, key.dtype), make)

    def scale_of(self, layout: Layout, scale: float) -> float:
        """The scale times the largest factor."""
        return scale * _largest(layout)


score_attention = Score()


def by_region(
    like: torch.Tensor,  # noqa: ARG001 (the signature is the contract)
    key: torch.Tensor,
    value: torch.Tensor,
    layout: Layout,
    scale: float,
) -> Attention:
    """One fused call a span, over just its box; the partial softmaxes are joined by their log-sum-exps.

    Joining is FlashAttention's step from one block of keys to the next (Dao et al. 2022): a softmax over two sets of
    tokens is the mean of the softmax over each, weighted by exp(log-sum-exp). Parts in half precision are joined in
    float32.
    """
    parts = [(span, key[:, :, span.start : span.stop], value[:, :, span.start : span.stop]) for span in layout.spans]

    def region(
        query: torch.Tensor, span: PlacedSpan, keys: torch.Tensor, values: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        height, width = span.box.height, span.box.width
        out, lse = with_log_sum_exp(pixels_of(query, layout, span.box), keys, values, scale)
        return full_precision(as_image(out, height, width)), as_image(lse.unsqueeze(-1), height, width)

    def attended(query: torch.Tensor) -> torch.Tensor:
        joined, lse = region(query, *parts[0])  # (B, heads, H, W, D), (B, heads, H, W, 1)
        for span, keys, values in parts[1:]:
            part, part_lse = region(query, span, keys, values)
            if not span.is_plain:
                part_lse = part_lse + log_share(span, part_lse)
            lse_here = box_view(lse, span.box)
            box_view(joined, span.box).lerp_(part, torch.sigmoid(part_lse - lse_here))
            lse_here.copy_(torch.logaddexp(lse_here, part_lse))
        return joined.flatten(2, 3).to(query.dtype)

    return attended


def masked(like: torch.Tensor, key: torch.Tensor, value: torch.Tensor, layout: Layout, scale: float) -> Attention:
    """One fused call over all pixels and tokens with a (H·W, T) bias."""
    return attention_to(like, key, value, scale=scale, bias=kept_bias(layout, like))


def grouped(like: torch.Tensor, key: torch.Tensor, value: torch.Tensor, layout: Layout, scale: float) -> Attention:
    """All pixels that see the same spans side by side (`groups.py`), without a bias.

    Where spans have weights or soft edges it is `masked`.
    """
    if not layout.is_plain:
        return masked(like, key, value, layout, scale)
    if len(layout.groups) == 1:  # all pixels see all tokens
        return attention_to(like, key, value, scale=scale)
    return lambda query: attend_groups(query, key, value, layout, scale=scale)


WAYS: Mapping[str, Way] = MappingProxyType({BY_REGION: by_region, MASKED: masked, GROUPED: grouped})


def _largest(layout: Layout) -> float:
    return max(layout.factor(span) for span in layout.spans)
