"""A box of a layer, attended for alone: the same numbers that its pixels have in the whole layer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch

from lib_omost.attention.layout import Layout, PlacedSpan
from lib_omost.attention.places import Box, Fade


@dataclass(frozen=True)
class CroppedLayout(Layout):
    """`spans` are those that the box's pixels see, their tokens side by side; `kept` the same spans in `whole`."""

    whole: Layout
    kept: tuple[PlacedSpan, ...]

    @cached_property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """The box's tokens among those of the whole layer, half-open."""
        return tuple((span.start, span.stop) for span in self.kept)

    def factor(self, span: PlacedSpan) -> float:
        """That of the whole layer."""
        return self.whole.factor(self.kept[self.spans.index(span)])

    def tokens_of(self, tensor: torch.Tensor) -> torch.Tensor:
        """(…, T, C) of the whole layer's tokens → the same of the box's."""
        parts = [tensor[..., start:stop, :] for start, stop in self.ranges]
        return tensor if len(self.kept) == len(self.whole.spans) else torch.cat(parts, dim=-2)


def cropped(layout: Layout, box: Box) -> CroppedLayout:
    """The layout of a box's pixels."""
    spans, kept, start = [], [], 0
    for span in layout.spans:
        top, bottom = max(span.box.top, box.top), min(span.box.bottom, box.bottom)
        left, right = max(span.box.left, box.left), min(span.box.right, box.right)
        if top >= bottom or left >= right:
            continue
        inside = Box(top - box.top, bottom - box.top, left - box.left, right - box.left)
        own = tuple((first - span.start + start, last - span.start + start) for first, last in span.own)
        spans.append(PlacedSpan(start, start + span.tokens, inside, own, span.bags, span.weight, _fade_in(span, box)))
        kept.append(span)
        start += span.tokens
    return CroppedLayout(box.height, box.width, tuple(spans), layout, tuple(kept))


def _fade_in(span: PlacedSpan, box: Box) -> Fade | None:
    if span.fade is None:
        return None
    rows = slice(max(0, box.top - span.box.top), max(0, box.bottom - span.box.top))
    columns = slice(max(0, box.left - span.box.left), max(0, box.right - span.box.left))
    return Fade(span.fade.values[rows, columns])
