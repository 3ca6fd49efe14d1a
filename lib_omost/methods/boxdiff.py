"""BoxDiff's loss (Xie et al. 2023, "BoxDiff: Text-to-Image Synthesis with Training-Free Box-Constrained Diffusion",
arXiv 2307.10816).

For each region s, with A its map (`attention_maps.py`), M its mask, P a fifth of the mask's pixels:
inner box 1 - mean(topk(A·M, P)); outer box mean(topk(A·(1 - M), P')), P' a fifth of the pixels outside; corner
constraint mean(c·|max A - max M|) along each axis, maxima over the other one, c being 1 within a pixel of the box's two
sides. Their sum over all regions is the loss. A region with a mask has its shape for M, and the box around it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from lib_omost.attention.layout import Layout
from lib_omost.methods.attention_maps import OfWords, mean_of_top, subject_maps, subject_masks


@dataclass(frozen=True)
class BoxConstraints(OfWords):
    """A `Measure`. share: P, of a mask's pixels. around: how many pixels about a side count as its corner."""

    share: float = 0.2
    around: int = 1

    def loss(self, tokens: torch.Tensor, _pixels: torch.Tensor | None, layout: Layout, /) -> torch.Tensor:
        """The sum over regions of the three constraints."""
        maps = subject_maps(tokens, layout)
        return sum(
            (self._of_one(one, mask) for one, mask in zip(maps, subject_masks(layout, maps), strict=True)),
            start=maps.new_zeros(()),
        )

    def _of_one(self, seen: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        inside, outside = (int(float(one.sum()) * self.share) for one in (mask, 1 - mask))
        inner = 1 - mean_of_top(seen * mask, inside)
        outer = mean_of_top(seen * (1 - mask), outside)
        return inner + outer + self._corners(seen, mask, 0) + self._corners(seen, mask, 1)

    def _corners(self, seen: torch.Tensor, mask: torch.Tensor, over: int) -> torch.Tensor:
        expected = mask.amax(over)
        places = torch.nonzero(expected).flatten().tolist()
        near = torch.zeros_like(expected)
        for side in (places[0], places[-1] + 1):
            near[max(side - self.around, 0) : side + self.around + 1] = 1
        return ((seen.amax(over) - expected).abs() * near).mean()
