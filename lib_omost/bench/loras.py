"""Two LoRA in one picture: how often each region has the look of its own, and what drawing with them costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lib_omost.bench.layouts import Layout
from lib_omost.bench.obedience import NAMES, nearest_colors, pixels_of
from lib_omost.canvas import Canvas, Lora, Rect, Region
from lib_omost.mini.scenes import OBJECT_COLORS, Image

Draw = Callable[[Canvas, int], Image]  # a canvas and a seed → (H, W, 3)
LEAST = 0.005  # of the picture: what covers less is a speck


@dataclass(frozen=True)
class Looks:
    """What one picture shows: `own` of its regions have the colour of their own LoRA, `others` that of another's."""

    own: int
    others: int
    regions: int


def dressed(layout: Layout, looks: Sequence[str], weight: float = 1.0) -> Canvas:
    """The layout's canvas; its regions have one of the LoRA each, by turns. What they ask for is no look's colour."""
    canvas = layout.canvas
    plain = [color for color in OBJECT_COLORS if color not in looks]
    regions: list[Region] = []
    for place, (region, asked) in enumerate(zip(canvas.regions, layout.asked, strict=True)):
        color = plain[(layout.seed + place) % len(plain)]
        words = region.description.replace(asked.color, color)
        regions.append(
            replace(region, description=words, color_name=color, loras=(Lora(looks[place % len(looks)], weight),))
        )
    return replace(canvas, regions=tuple(regions))


def without_loras(canvas: Canvas) -> Canvas:
    """The same canvas, its regions with nothing of their own."""
    return replace(canvas, regions=tuple(replace(region, loras=()) for region in canvas.regions))


def everywhere(canvas: Canvas, looks: Sequence[str], weight: float = 1.0) -> Canvas:
    """The same with all LoRA in the whole picture, as a prompt box has them."""
    whole = Region(
        "in the center",
        "no offset",
        "a large square area",
        99.0,
        canvas.description,
        free_rect=Rect(0, 90, 0, 90),
        loras=tuple(Lora(look, weight) for look in looks),
    )
    plain = without_loras(canvas)
    return replace(plain, regions=(whole, *plain.regions))


def looks_in(image: Image, canvas: Canvas, looks: Sequence[str]) -> Looks:
    """Which object colour rules each region's box, and whose look that is."""
    nearest = nearest_colors(image)
    own = others = 0
    regions = [region for region in canvas.regions if region.loras]
    for region in regions:
        box = nearest[pixels_of(region.rect, *nearest.shape)]
        counts = np.bincount(box.ravel(), minlength=len(NAMES))[: len(OBJECT_COLORS)]
        color = NAMES[int(counts.argmax())]
        if counts.max() <= LEAST * nearest.size or color not in looks:
            continue
        is_own = color == region.loras[0].name
        own, others = own + is_own, others + (not is_own)
    return Looks(own, others, len(regions))


def summed(found: Sequence[Looks]) -> Looks:
    """All pictures together."""
    return Looks(*(sum(getattr(one, name) for one in found) for name in ("own", "others", "regions")))


def cost(draw: Draw, with_loras: Canvas, without: Canvas, rounds: int) -> float:
    """How many times as long a picture takes: the least of `rounds` of each, drawn by turns after one that warms up."""

    def seconds(canvas: Canvas) -> float:
        start = time.process_time()  # of this program alone, whatever else the machine does
        draw(canvas, 1)
        return time.process_time() - start

    for canvas in (without, with_loras):
        draw(canvas, 1)
    taken = [(seconds(without), seconds(with_loras)) for _ in range(rounds)]
    return min(ours for _, ours in taken) / min(plain for plain, _ in taken)


def halves(looks: Sequence[str]) -> Canvas:
    """Two LoRA, each on half of the picture."""
    rects = (Rect(0, 90, 0, 45), Rect(0, 90, 45, 90))
    words = ("a red circle", "a blue square")
    regions = tuple(
        Region("on the left", "no offset", "a small vertical area", 1.0, said, free_rect=rect, loras=(Lora(look),))
        for said, rect, look in zip(words, rects, looks, strict=True)
    )
    return Canvas("a white background", color_name="white", regions=regions)
