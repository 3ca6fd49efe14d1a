"""What of a layer's attention says where a region's thing will stand: maps of the regions' own words.

In the papers a subject is a few nouns that people name in one caption. Here a region is a subject, and its words are
its own ones in all of its texts: no BOS, EOS and padding, and nothing that regions share. As published for Attend-and-
Excite and used by BoxDiff: maps are the mean over heads and layers of one resolution, a softmax over all tokens but BOS
sharpens them a hundredfold, and a Gaussian of 3 × 3 pixels smooths them. A subject of several words has their sum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from lib_omost.attention.layout import Layout, PlacedSpan
from lib_omost.attention.plain import weight_bias
from lib_omost.attention.watched import Bias

SHARPER = 100.0
_BESIDE = math.exp(-1.0)  # of the Gaussian's middle, one pixel away: its deviation is half a pixel, its exponent d²/4σ²


@dataclass(frozen=True)
class OfWords:
    """What a `Measure` takes of layers where maps of words are all that it looks at."""

    bias: Bias = weight_bias
    pixel_bias: None = None
    per_subject: bool = False

    def of_tokens(self, probabilities: torch.Tensor, _layout: Layout, /) -> torch.Tensor:
        """(H·W, T): the mean over heads."""
        return probabilities.mean(0)

    def of_pixels(self, probabilities: torch.Tensor, layout: Layout, /) -> torch.Tensor:
        """Self-attention has no part in it."""
        raise NotImplementedError


def subjects_of(layout: Layout) -> list[PlacedSpan]:
    """The local spans that have a weight and words of their own."""
    return [span for span in layout.spans[1:] if span.weight > 0 and span.own]


def words_of(span: PlacedSpan) -> list[int]:
    """The numbers of a span's own words among all tokens."""
    return [token for start, stop in span.own for token in range(start, stop)]


def beginnings(layout: Layout) -> list[int]:
    """The number of each text's BOS among all tokens; the texts of a span are of one length."""
    return [span.start + text * (span.tokens // span.bags) for span in layout.spans for text in range(span.bags)]


def subject_maps(maps: torch.Tensor, layout: Layout) -> torch.Tensor:
    """(H·W, T), means over heads and layers → (S, H, W), sharpened, summed over each subject's words and smoothed."""
    scores = (SHARPER * maps).index_fill(-1, torch.tensor(beginnings(layout), device=maps.device), float("-inf"))
    shares = scores.softmax(-1)
    summed = [shares[:, words_of(span)].sum(-1) for span in subjects_of(layout)]
    return smoothed(torch.stack(summed).view(-1, layout.height, layout.width))


def smoothed(maps: torch.Tensor) -> torch.Tensor:
    """(S, H, W) → the same under the Gaussian, mirrored at the borders; a side of one pixel is left as it is."""
    for axis in (-2, -1):
        side = maps.shape[axis]
        if side < 2:
            continue
        before, behind = (1, *range(side - 1)), (*range(1, side), side - 2)
        beside = maps.index_select(axis, torch.tensor(before, device=maps.device))
        beside = beside + maps.index_select(axis, torch.tensor(behind, device=maps.device))
        maps = (maps + _BESIDE * beside) / (1 + 2 * _BESIDE)
    return maps


def subject_masks(layout: Layout, like: torch.Tensor) -> torch.Tensor:
    """(S, H, W) of 0 and 1, on the device and in the dtype of `like`: each subject's pixels, never none.

    A soft edge counts to its middle.
    """
    found = subjects_of(layout)
    masks = torch.zeros(len(found), layout.height, layout.width, device=like.device, dtype=like.dtype)
    for mask, span in zip(masks, found, strict=True):
        inside = span.seen if span.fade is None else span.fade.values >= min(0.5, float(span.fade.values.max()))
        mask[span.box.slices] = inside.to(mask)
    return masks


def sizes_of_steps(noise: float) -> float:
    """Attend-and-Excite's and BoxDiff's α: 20·√s, s falling from 1 to 0.5 with the steps."""
    return 20.0 * math.sqrt(0.5 + 0.5 * noise)


def mean_of_top(values: torch.Tensor, count: int) -> torch.Tensor:
    """The mean of the `count` largest of all values, at least of one."""
    return values.flatten().topk(max(1, min(count, values.numel()))).values.mean()
