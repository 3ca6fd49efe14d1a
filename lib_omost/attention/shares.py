"""Weights, soft edges and masks of spans: by what a span's share of a pixel's attention is multiplied.

For pixel i and span r the factor is ωᵣᵢ = weightᵣ · fadeᵣᵢ. A softmax multiplies the share of a token by ω where log ω
is added to its score, and the shares of all tokens sum to 1 again. With ω = 0 the span is not seen; a
mask is a fade of 0 and 1.
"""

from __future__ import annotations

import math

import torch

from lib_omost.attention.layout import Layout, PlacedSpan


def log_weight(span: PlacedSpan) -> float:
    """log of the weight, -∞ for none."""
    return math.log(span.weight) if span.weight > 0 else -math.inf


def log_fade(span: PlacedSpan, like: torch.Tensor) -> torch.Tensor:
    """(h, w, 1) of the box, on the device and in the dtype of `like`: log of the fade, 0 without one."""
    if span.fade is None:
        return like.new_zeros(span.box.height, span.box.width, 1)
    return span.fade.on(like.device).log().to(like.dtype)[..., None]


def log_share(span: PlacedSpan, like: torch.Tensor) -> torch.Tensor:
    """(h, w, 1) of the box, on the device and in the dtype of `like`: log ω."""
    return log_fade(span, like) + log_weight(span)


def share(span: PlacedSpan, like: torch.Tensor, *, most: float = math.inf) -> torch.Tensor:
    """(h, w, 1) of the box, on the device and in the dtype of `like`: ω, with a weight of at most `most`."""
    weight = min(span.weight, most)
    if span.fade is None:
        return like.new_full((span.box.height, span.box.width, 1), weight)
    return (span.fade.on(like.device) * weight).to(like.dtype)[..., None]


def left_over(layout: Layout, like: torch.Tensor) -> torch.Tensor:
    """(H, W, 1): what local spans leave of each pixel to the first one: 1 - max ω, of weights up to 1."""
    taken = like.new_zeros(layout.height, layout.width, 1)
    for span in layout.spans[1:]:
        here = taken[span.box.slices]
        here.copy_(torch.maximum(here, share(span, like, most=1.0)))
    return 1 - taken
