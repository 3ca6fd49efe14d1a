"""Bounded Attention's mask among pixels: those of one subject do not see those of another.

A pixel of no subject sees all pixels. A pixel of a subject sees those of its own subjects and those of none (Dahary et
al. 2024, "Be Yourself: Bounded Attention for Multi-Subject Text-to-Image Generation", arXiv 2403.16990).
In cross-attention its mask is the layout's (`masked.py`), since the tokens of a local span are its subject's. As in the
paper the mask among pixels holds in unconditional rows too. Subjects are the boxes in all steps: the paper finds
smaller masks by clustering after the first ones, and has a guidance by gradients beside. Where an edge is soft, a pixel
is a subject's from the middle of the edge on.

Cost: one fused call for each set of subjects that pixels are of; fewer pairs of pixels than without.
"""

from __future__ import annotations

import torch

from lib_omost.attention.layout import Layout
from lib_omost.attention.tensors import attend, suited_to_device


def bounded_pixels(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    layout: Layout,
    *,
    scale: float | None = None,
) -> torch.Tensor:
    """Self-attention, (B, heads, H·W, D) each; scale None means 1/√D. Returns (B, heads, H·W, D)."""
    dtype = query.dtype
    query, key, value = suited_to_device(query, key, value)
    out = torch.empty_like(query)
    device = query.device
    sets = layout.keep(
        ("subjects", device), lambda: [(own.to(device), seen.to(device)) for own, seen in layout.sets_of_subjects]
    )
    for pixels, seen in sets:
        out[:, :, pixels] = attend(query[:, :, pixels], key[:, :, seen], value[:, :, seen], scale=scale)
    return out.to(dtype)
