"""DenseDiffusion's modulation: scores are drawn to the best of a pixel's segment, and away from all others.

For pixel i and token j with score sᵢⱼ, and r = 1 where j belongs to i's segment, else 0 (Kim et al. 2023, "Dense
Text-to-Image Generation with Attention Modulation", arXiv 2308.12964, its attention modulation):

    s′ᵢⱼ = sᵢⱼ + λₜ·(1 - Sᵢ)·[ r·(maxₖ sᵢₖ - sᵢⱼ) - (1 - r)·(sᵢⱼ - minₖ sᵢₖ) ]

λₜ = w·t⁵ with t the share of noise, and nothing after the first 30 % of the steps, which is t over 0.7 in the DDIM
schedule of their code; Sᵢ is the share of the picture that i's segment covers, so that small ones are helped more. In
cross-attention w is 1, and in self-attention, where j is a pixel, 0.3.

Segments here are the boxes of local regions, and all that lies in none of them. A segment's tokens are its region's own
words, as in the paper BOS, EOS and padding are no segment's; the text is the tokens of all regions side by side. With a
soft edge r is the fade, and log of a region's weight is added to its tokens' scores.

Cost: unfused scores while it lasts, so that a step of SDXL at 1024² takes some times its attention's time; none later.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from lib_omost.attention.crop import CroppedLayout
from lib_omost.attention.formulation import Formulation
from lib_omost.attention.layout import Layout, PlacedSpan
from lib_omost.attention.plain import pixel_attention, plain_attention
from lib_omost.attention.shares import log_weight
from lib_omost.attention.tensors import check_shapes, full_precision

MOST_SCORES = 2**24  # held at once, in float32 64 MiB; one row of pixels at least


@dataclass(frozen=True)
class Modulation:
    """A `Timed` formulation. weight: w. power: of t in λₜ. least_noise: at t below it attention is as it is.

    pixels: whether it is self-attention's.
    """

    weight: float
    pixels: bool = False
    power: float = 5.0
    least_noise: float = 0.7

    def at(self, noise: float | None, /) -> Formulation:
        """The modulation of a step with that share of noise."""
        t = 1.0 if noise is None else noise
        if t < self.least_noise:
            unchanged: Formulation = pixel_attention if self.pixels else plain_attention
            return unchanged
        return Modulated(self.weight * t**self.power, self.pixels)

    def __call__(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        layout: Layout,
        *,
        scale: float | None = None,
    ) -> torch.Tensor:
        """That of a run's start."""
        return self.at(None)(query, key, value, layout, scale=scale)


@dataclass(frozen=True)
class Modulated:
    """The formulation of one step. strength: λₜ, within 0 and 1. pixels: whether it is self-attention's."""

    strength: float
    pixels: bool = False

    def __call__(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        layout: Layout,
        *,
        scale: float | None = None,
    ) -> torch.Tensor:
        """query: (B, heads, H·W, D); key, value: (B or 1, heads, T, D); scale None means 1/√D.

        Returns (B, heads, H·W, D). Raises ValueError when the shapes of cross-attention do not fit.
        """
        if not self.pixels:
            check_shapes(query, key, value, layout)
        lines, sizes, tokens, added = layout.keep(("segments", query.device), lambda: _known(layout, query.device))
        others = lines if self.pixels else tokens
        drawn = self.strength * (1 - sizes)
        scale = query.shape[-1] ** -0.5 if scale is None else scale
        rows, heads, pixels, _ = query.shape
        step = max(layout.width, MOST_SCORES // (rows * heads * key.shape[2]))
        parts = []
        for start in range(0, pixels, step):
            here = slice(start, start + step)
            scores = full_precision(query[:, :, here]) @ full_precision(key).transpose(-1, -2) * scale
            low, high = scores.amin(-1, keepdim=True), scores.amax(-1, keepdim=True)
            r, pull = (lines[:, here].T @ others).clamp(max=1).to(scores), drawn[here, None].to(scores)
            scores = scores + pull * (r * (high - scores) - (1 - r) * (scores - low))
            if added is not None and not self.pixels:
                scores = scores + added.to(scores)
            parts.append(scores.softmax(-1) @ full_precision(value))
        return torch.cat(parts, dim=2).to(query.dtype)


def _known(
    layout: Layout, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor | None]:
    """On a device: `segments` (S, H·W), S of each pixel (H·W,), `tokens_of_segments` (S, T), `token_weights` (T,)."""
    lines, added = segments(layout).to(device), token_weights(layout)
    sizes = (lines.T @ shares_of_picture(layout).to(lines)).clamp(max=1)
    return lines, sizes, tokens_of_segments(layout).to(device), None if added is None else added.to(device)


def segments(layout: Layout) -> torch.Tensor:
    """(S, H·W) float32 on the CPU: how far each pixel is in a segment; the first is what local boxes leave."""
    return torch.stack([outside(layout), *(share_of(span, layout) for span in layout.spans[1:])]).flatten(1)


def tokens_of_segments(layout: Layout) -> torch.Tensor:
    """(S, T) float32 on the CPU: 1 where a token is one of the segment's own words, or its span has none."""
    found = torch.zeros(len(layout.spans), layout.tokens)
    for line, span in zip(found, layout.spans, strict=True):
        for start, stop in span.own or ((span.start, span.stop),):
            line[start:stop] = 1
    return found


def shares_of_picture(layout: Layout) -> torch.Tensor:
    """(S,) float32 on the CPU: how much of the picture each segment covers; a box of a layer has its picture's."""
    if isinstance(layout, CroppedLayout):
        return shares_of_picture(layout.whole)[[layout.whole.spans.index(span) for span in layout.kept]]
    return segments(layout).mean(1)


def outside(layout: Layout) -> torch.Tensor:
    """(H, W) float32 on the CPU: what local boxes leave of each pixel."""
    taken = torch.zeros(layout.height, layout.width)
    for span in layout.spans[1:]:
        taken = torch.maximum(taken, share_of(span, layout))
    return 1 - taken


def share_of(span: PlacedSpan, layout: Layout) -> torch.Tensor:
    """(H, W) float32 on the CPU: 1 in the span's box and 0 outside, between them on a soft edge."""
    whole = torch.zeros(layout.height, layout.width)
    whole[span.box.slices] = 1.0 if span.fade is None else span.fade.values
    return whole


def token_weights(layout: Layout) -> torch.Tensor | None:
    """(T,) float32 on the CPU: log of each span's weight; None where all are 1."""
    if all(span.weight == 1 for span in layout.spans):
        return None
    return torch.cat([torch.full((span.tokens,), log_weight(span)) for span in layout.spans])
