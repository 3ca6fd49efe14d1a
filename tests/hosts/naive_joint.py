"""Joint attention written plainly, for tests here and in a WebUI's own interpreter: nothing imports pytest."""

from __future__ import annotations

from typing import Any, Protocol

import torch

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.layout import place
from lib_omost.attention.masks import span_masks


class Attended(Protocol):
    """What attention was given: (rows, heads, positions, D) each."""

    @property
    def query(self) -> torch.Tensor: ...

    @property
    def key(self) -> torch.Tensor: ...

    @property
    def value(self) -> torch.Tensor: ...


def naive(one: Attended, seen: torch.Tensor) -> torch.Tensor:
    """Attention in float64, a position at a time, over those that it may see by `seen` (positions, positions)."""
    query, key, value = (tensor.double() for tensor in (one.query, one.key, one.value))
    rows = [
        (query[:, :, [row]] @ key[:, :, seen[row]].transpose(-1, -2) / query.shape[-1] ** 0.5).softmax(-1)
        @ value[:, :, seen[row]]
        for row in range(len(seen))
    ]
    return torch.cat(rows, dim=2)


def allowed_beside(texts: tuple[Span, ...], pictures: tuple[Span, ...], height: int, width: int) -> torch.Tensor:
    """(positions, positions) bool from the rule alone: texts, pixels, pictures; texts and pictures reach pixels."""
    context = RegionalContext(torch.zeros(texts[-1].stop, 1), texts, pictures=pictures)
    layout = place(context, height, width)
    text_masks = span_masks(layout).flatten(1).bool()
    shown_masks = [layout.inside(span) for span in layout.pictures]
    kinds: list[tuple[str, int, Any]] = []
    for number, span in enumerate(texts):
        kinds += [("text", number, text_masks[number])] * (span.stop - span.start)
    kinds += [("pixel", number, None) for number in range(height * width)]
    for number, span in enumerate(pictures):
        kinds += [("picture", number, shown_masks[number])] * (span.stop - span.start)

    def sees(one: Any, other: Any) -> bool:
        if one[0] == other[0] == "pixel":
            return True
        if "pixel" in (one[0], other[0]):
            pixel, region = (one, other) if one[0] == "pixel" else (other, one)
            return bool(region[2][pixel[1]])
        if "picture" in (one[0], other[0]):
            return not bool((one[2] & ~other[2]).any())
        return bool(one[1] == other[1])

    return torch.tensor([[sees(one, other) for other in kinds] for one in kinds])
