"""What a picture shows of its layout, as a model tells that finds things, or one that compares pictures with words."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lib_omost.bench.real.colors import share_of_color
from lib_omost.bench.real.layouts import NOUNS, RealLayout, Wanted
from lib_omost.canvas import GRID
from lib_omost.mini.scenes import Image

LEAST_IOU = 0.5  # COCO-MIG: a found box that has less in common with the asked one is elsewhere
LEAST_COLOR = 0.2  # COCO-MIG: of the thing, here of its box


class Box(NamedTuple):
    """In shares of the picture, 0…1."""

    left: float
    top: float
    right: float
    bottom: float


class Found(NamedTuple):
    """A thing that a detector found."""

    noun: str
    box: Box
    score: float


Detect = Callable[[Image, Sequence[str]], Sequence[Found]]  # (H, W, 3) and nouns → what is found of them
Compare = Callable[[Image, Sequence[str]], str]  # (H, W, 3) and nouns → the one that it shows most likely
Judge = Callable[[Image, RealLayout], "Judged"]


@dataclass(frozen=True)
class Judged:
    """For each region: whether its thing is in its place, whether it has the asked colour, and the boxes' IoU.

    The IoU is NaN where a judge knows no boxes, and 0 where nothing was found.
    """

    there: tuple[bool, ...]
    colored: tuple[bool, ...]
    iou: tuple[float, ...]

    @property
    def regions(self) -> tuple[bool, ...]:
        """Whether thing, place and colour are right."""
        return tuple(there and colored for there, colored in zip(self.there, self.colored, strict=True))

    @property
    def whole(self) -> bool:
        """Whether every region is right."""
        return all(self.regions)


def by_detector(detect: Detect) -> Judge:
    """COCO-MIG's protocol: the box found for a region's noun that has most in common with its own, IoU ≥ 0.5; colour
    in that box."""

    def judge(image: Image, layout: RealLayout) -> Judged:
        found = detect(image, [wanted.noun for wanted in layout.asked])
        best = [_best(wanted, found) for wanted in layout.asked]
        iou = tuple(0.0 if box is None else overlap(box, _asked(wanted)) for wanted, box in _pairs(layout, best))
        colored = tuple(box is not None and _has(image, box, wanted.color) for wanted, box in _pairs(layout, best))
        return Judged(tuple(one >= LEAST_IOU for one in iou), colored, iou)

    return judge


def by_comparison(compare: Compare) -> Judge:
    """What a region's own box shows most likely, of the nouns of all layouts; colour in that box. No place is found."""

    def judge(image: Image, layout: RealLayout) -> Judged:
        cuts = [_cut(image, _asked(wanted)) for wanted in layout.asked]
        there = tuple(compare(cut, NOUNS) == wanted.noun for cut, wanted in zip(cuts, layout.asked, strict=True))
        colored = tuple(_has(image, _asked(wanted), wanted.color) for wanted in layout.asked)
        return Judged(there, colored, (math.nan,) * len(cuts))

    return judge


def overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    width = max(0.0, min(a.right, b.right) - max(a.left, b.left))
    height = max(0.0, min(a.bottom, b.bottom) - max(a.top, b.top))
    both = width * height
    either = _area(a) + _area(b) - both
    return both / either if either > 0 else 0.0


def _pairs(layout: RealLayout, best: Sequence[Box | None]) -> list[tuple[Wanted, Box | None]]:
    return list(zip(layout.asked, best, strict=True))


def _best(wanted: Wanted, found: Sequence[Found]) -> Box | None:
    boxes = [one.box for one in found if one.noun == wanted.noun]
    return max(boxes, key=lambda box: overlap(box, _asked(wanted)), default=None)


def _asked(wanted: Wanted) -> Box:
    top, bottom, left, right = (edge / GRID for edge in wanted.rect)
    return Box(left, top, right, bottom)


def _has(image: Image, box: Box, color: str) -> bool:
    return share_of_color(_cut(image, box), color) >= LEAST_COLOR


def _cut(image: Image, box: Box) -> Image:
    """The pixels in a box, at least one."""
    height, width = image.shape[:2]
    left, right = (min(width, max(0, round(edge * width))) for edge in (box.left, box.right))
    top, bottom = (min(height, max(0, round(edge * height))) for edge in (box.top, box.bottom))
    left, top = min(left, width - 1), min(top, height - 1)
    return image[top : max(bottom, top + 1), left : max(right, left + 1)]


def _area(box: Box) -> float:
    return max(0.0, box.right - box.left) * max(0.0, box.bottom - box.top)
