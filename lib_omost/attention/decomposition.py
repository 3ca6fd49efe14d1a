"""Attention decomposition: one softmax a region, the outputs blended where regions overlap.

y = g·softmax(q kᵀ₀) v₀ + (1 - g)·Σᵣ (mᵣ / Σₛ mₛ)·softmax(q kᵀᵣ) vᵣ, with r and s over the local regions. g, the share
of the global region 0, is `base_share` where a local region covers the pixel and 1 elsewhere. With weights and soft
edges m is the fade, Σₛ mₛ at least 1 where any is over 0, each local region's share is multiplied by its weight, and
all shares, g too, are divided by their sum.

The idea is known as attention couple, or as the attention mode of Regional Prompter; the readme of Omost describes it
beside its own formulation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch

from lib_omost.attention.cost import BY_REGION
from lib_omost.attention.formulation import Attention
from lib_omost.attention.layout import Layout
from lib_omost.attention.shares import log_fade, share
from lib_omost.attention.tensors import as_image, attention_to, box_view, pixels_of
from lib_omost.attention.ways import ByWay, Way

BASE_SHARE = 0.3


@dataclass(frozen=True)
class Decomposition(ByWay):
    """A `Formulation`. base_share: g within local regions. It has one way."""

    base_share: float = BASE_SHARE
    way: str | None = BY_REGION

    def __post_init__(self) -> None:
        if not 0 <= self.base_share <= 1:
            raise ValueError(f"base_share must be within 0 and 1, not {self.base_share}")

    def ways(self) -> Mapping[str, Way]:
        """The one."""
        return MappingProxyType({BY_REGION: self._by_region})

    def _by_region(
        self, like: torch.Tensor, key: torch.Tensor, value: torch.Tensor, layout: Layout, scale: float
    ) -> Attention:
        wide = torch.promote_types(like.dtype, torch.float32)  # sums in halves would be rounded at each part
        name = ("shares", self.base_share, like.device, wide)
        shares = layout.keep(name, lambda: shares_of(layout, self.base_share, like.new_empty((), dtype=wide)))
        parts = []
        for span, own in zip(layout.spans, shares, strict=True):
            tokens = slice(span.start, span.stop)
            parts.append((span, own, attention_to(like, key[:, :, tokens], value[:, :, tokens], scale=scale)))

        def attended(query: torch.Tensor) -> torch.Tensor:
            images = (
                as_image(attend(pixels_of(query, layout, span.box)), span.box.height, span.box.width)
                for span, _, attend in parts
            )
            blend = next(images) * shares[0]  # (B, heads, H, W, D), in the dtype of the shares
            for (span, own, _), image in zip(parts[1:], images, strict=True):
                box_view(blend, span.box).addcmul_(image, own)
            return blend.flatten(2, 3).to(query.dtype)

        return attended


decomposition_attention = Decomposition()


def shares_of(layout: Layout, base_share: float, like: torch.Tensor) -> list[torch.Tensor]:
    """(h, w, 1) of each span's box, on the device and in the dtype of `like`: its share of each pixel, 1 in sum."""
    shape = (layout.height, layout.width, 1)
    covered, faded, total = like.new_zeros(shape), like.new_zeros(shape), like.new_zeros(shape)
    for span in layout.spans[1:]:
        fade = log_fade(span, like).exp()
        faded[span.box.slices] += fade
        covered[span.box.slices][fade > 0] = 1
    of_local = (1 - base_share) / faded.clamp(min=1)
    first = torch.where(covered > 0, base_share, torch.ones_like(covered))
    local = [of_local[span.box.slices] * share(span, like) for span in layout.spans[1:]]
    total += first
    for span, own in zip(layout.spans[1:], local, strict=True):
        total[span.box.slices] += own
    return [first / total, *(own / total[span.box.slices] for span, own in zip(layout.spans[1:], local, strict=True))]
