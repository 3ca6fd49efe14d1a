"""Where the spans of a context lie on a layer of H × W pixels."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

import torch

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.places import Box, Fade, place_on

Kept = TypeVar("Kept")


class PlacedSpan(NamedTuple):
    """Tokens `start` ≤ j < `stop` are seen by pixels of `box`, and by no other.

    own, bags, weight: as in `Span`. fade: of the box's pixels, None where all of them see the span fully; those of 0 do
    not see it.
    """

    start: int
    stop: int
    box: Box
    own: tuple[tuple[int, int], ...] = ()
    bags: int = 1
    weight: float = 1.0
    fade: Fade | None = None

    @property
    def is_plain(self) -> bool:
        """Whether every pixel of the box gives the span the share that its scores say."""
        return self.weight == 1 and self.fade is None

    @property
    def area(self) -> float:
        """Σᵢ mᵢⱼ: pixels, those of a soft edge in part; never 0."""
        return self.box.area if self.fade is None else float(self.fade.values.sum(dtype=torch.float64))

    @property
    def seen(self) -> torch.Tensor:
        """(h, w) bool of the box, on the CPU: the pixels that see the span at all."""
        if self.fade is None:
            return torch.ones(self.box.height, self.box.width, dtype=torch.bool)
        return self.fade.values > 0

    @property
    def tokens(self) -> int:
        """Tokens of the span."""
        return self.stop - self.start


class PixelGroup(NamedTuple):
    """All pixels, as boxes, that lie in the boxes of exactly `spans`."""

    spans: tuple[PlacedSpan, ...]
    boxes: tuple[Box, ...]

    @property
    def pixels(self) -> int:
        """Pixels of the group."""
        return sum(box.area for box in self.boxes)

    @property
    def tokens(self) -> int:
        """Tokens that each of them sees."""
        return sum(span.tokens for span in self.spans)


@dataclass(frozen=True)
class Layout:
    """Which tokens each pixel of a layer of `height` × `width` pixels sees; the first span is seen by all.

    pictures: those of reference pictures, in joint attention, counted from the first one's.
    """

    height: int
    width: int
    spans: tuple[PlacedSpan, ...]
    pictures: tuple[PlacedSpan, ...] = field(default=(), kw_only=True)

    @property
    def pixels(self) -> int:
        """H·W."""
        return self.height * self.width

    @property
    def tokens(self) -> int:
        """T, the tokens of all spans."""
        return self.spans[-1].stop

    @property
    def pictured(self) -> int:
        """The tokens of all reference pictures."""
        return self.pictures[-1].stop if self.pictures else 0

    @property
    def pairs(self) -> int:
        """How many (pixel, token) pairs see each other; at most H·W·T."""
        return sum(span.tokens * span.box.area for span in self.spans)

    @cached_property
    def is_plain(self) -> bool:
        """Whether no span has a weight, a soft edge or a shape of its own."""
        return all(span.is_plain for span in self.spans)

    @cached_property
    def undivided(self) -> Layout:
        """The same with all tokens as one text of the whole picture; pictures stay where they are."""
        everything = PlacedSpan(0, self.tokens, Box(0, self.height, 0, self.width))
        return Layout(self.height, self.width, (everything,), pictures=self.pictures)

    @cached_property
    def _kept(self) -> dict[Hashable, Any]:
        return {}

    def keep(self, name: Hashable, make: Callable[[], Kept]) -> Kept:
        """What `make` gives, made once and kept with the layout: tensors on a device that no step changes.

        Making them anew would copy to the device at every call, for which a graphics card waits.
        """
        if name not in self._kept:
            with torch.inference_mode(mode=False):  # a gradient may go through what is computed with them
                self._kept[name] = make()
        found: Kept = self._kept[name]
        return found

    def inside(self, span: PlacedSpan) -> torch.Tensor:
        """(H·W,) bool on the CPU: the pixels that see a span at all."""
        pixels = torch.zeros(self.height, self.width, dtype=torch.bool)
        pixels[span.box.slices] = span.seen
        return pixels.flatten()

    @cached_property
    def groups(self) -> tuple[PixelGroup, ...]:
        """The layer split into groups of pixels in the same spans' boxes; every pixel is in exactly one box of one."""
        rows = sorted({edge for span in self.spans for edge in (span.box.top, span.box.bottom)})
        columns = sorted({edge for span in self.spans for edge in (span.box.left, span.box.right)})
        boxes_by_spans: dict[tuple[PlacedSpan, ...], list[Box]] = {}
        for top, bottom in pairwise(rows):
            in_rows = [span for span in self.spans if span.box.top <= top < span.box.bottom]
            for left, right in pairwise(columns):
                seen = tuple(span for span in in_rows if span.box.left <= left < span.box.right)
                boxes_by_spans.setdefault(seen, []).append(Box(top, bottom, left, right))
        return tuple(PixelGroup(spans, tuple(boxes)) for spans, boxes in boxes_by_spans.items())

    @cached_property
    def subjects(self) -> torch.Tensor:
        """(S, H, W) bool on the CPU: the pixels of each local span that has a weight, to the middle of a soft edge."""
        local = [span for span in self.spans[1:] if span.weight > 0]
        masks = torch.zeros(len(local), self.height, self.width, dtype=torch.bool)
        for mask, span in zip(masks, local, strict=True):
            mask[span.box.slices] = True if span.fade is None else span.fade.values >= 0.5
        return masks

    @cached_property
    def sets_of_subjects(self) -> tuple[tuple[torch.Tensor, torch.Tensor], ...]:
        """For each set of subjects that pixels are of, also for none: the numbers of these pixels, and of those that
        are of the same subjects or of none; int64. A pixel of none goes with all."""
        subjects = self.subjects.flatten(1)  # (S, H·W)
        everything = torch.arange(self.pixels)
        if not len(subjects):
            return ((everything, everything),)
        is_free = ~subjects.any(0)
        found = []
        kinds, number = torch.unique(subjects.T, dim=0, return_inverse=True)
        for place, kind in enumerate(kinds):
            seen = is_free | subjects[kind].any(0) if bool(kind.any()) else torch.ones_like(is_free)
            found.append((everything[number == place], everything[seen]))
        return tuple(found)

    def factor(self, span: PlacedSpan) -> float:
        """The score formulation's H·W / Σᵢ mᵢⱼ, the same for all tokens j of the span; its weight is no part of it."""
        return self.pixels / span.area


def place(context: RegionalContext, height: int, width: int) -> Layout:
    """Lay the context's rectangles and masks on a layer of `height` × `width` pixels.

    A pixel is inside where nearest-exact interpolation of the grid's mask says so. A rectangle that would get no row
    (or column) keeps the one nearest its centre, the later one of two equally near, so every span has a pixel. Soft
    edges and masks are laid as `place_on` lays them.
    Raises ValueError for a layer without pixels.
    """
    if height < 1 or width < 1:
        raise ValueError(f"a layer needs at least one pixel, not {height} × {width}")

    def placed(span: Span) -> PlacedSpan:
        found = place_on(span.rect, span.edge, height, width, grid=context.grid, cells=span.cells)
        fade = None if found.weights is None else Fade(found.weights)
        return PlacedSpan(span.start, span.stop, found.box, span.own, span.bags, span.weight, fade)

    pictures = tuple(map(placed, context.pictures))
    return Layout(height, width, tuple(map(placed, context.spans)), pictures=pictures)


def layer_size(latent_height: int, latent_width: int, pixels: int) -> tuple[int, int]:
    """Height and width of the UNet layer that has `pixels` pixels when the latent is `latent_height` × `latent_width`.

    A UNet halves both sides, rounding up, from one resolution to the next. Where something shrinks them by another
    factor (Kohya's HRFix does), it is the two sides with that product whose shorter one is right to a pixel.
    Raises ValueError when there are none.
    """
    height, width = latent_height, latent_width
    while height * width > pixels and height * width > 1:
        height, width = (height + 1) // 2, (width + 1) // 2
    if height * width == pixels:
        return height, width
    shorter, longer = sorted((latent_height, latent_width))
    ideal = max(0, pixels * shorter / longer) ** 0.5
    near = [side for side in range(max(1, int(ideal)), int(ideal) + 2) if pixels > 0 and pixels % side == 0]
    if not near:
        raise ValueError(f"no resolution of a {latent_height} × {latent_width} latent has {pixels} pixels")
    side = min(near, key=lambda side: abs(side - ideal))
    return (side, pixels // side) if latent_height <= latent_width else (pixels // side, side)
