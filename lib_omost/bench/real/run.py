"""Every layout drawn with every method, timed, and judged afterwards: no judge takes memory meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lib_omost.bench.real.judging import Judge, Judged
from lib_omost.bench.real.layouts import RealLayout
from lib_omost.mini.scenes import Image

Draw = Callable[[RealLayout, str], Image]  # a layout and a method → (H, W, 3)
Peak = Callable[[], int | None]  # the most bytes of graphics memory since it was asked last; None where nobody knows
Progress = Callable[[int, int], None]  # pictures done, pictures in all


@dataclass(frozen=True)
class Cost:
    """Of one row: seconds of each picture in the order drawn, and the most graphics memory, in bytes."""

    seconds: tuple[float, ...]
    peak: int | None


@dataclass(frozen=True)
class RealOutcome:
    """The pictures of every row, in the order of `layouts`, what each shows and what they cost."""

    layouts: tuple[RealLayout, ...]
    pictures: Mapping[str, tuple[Image, ...]]
    judged: Mapping[str, tuple[Judged, ...]]
    costs: Mapping[str, Cost]


def run(
    draw: Draw,
    open_judge: Callable[[], Judge],
    layouts: Sequence[RealLayout],
    rows: Sequence[str],
    *,
    progress: Progress = lambda *_: None,
    peak: Peak = lambda: None,
) -> RealOutcome:
    """Draw, then judge. Rows are those of `bench.regions.run`. A picture before the first is drawn and not counted."""
    pictures: dict[str, tuple[Image, ...]] = {}
    costs: dict[str, Cost] = {}
    draw(layouts[0], rows[0].partition(", ")[0])  # what is loaded and compiled at the first one is no row's cost
    for place, row in enumerate(rows):
        method, _, said = row.partition(", ")
        drawn, seconds = [], []
        peak()
        for number, layout in enumerate(layouts):
            begun = time.perf_counter()
            drawn.append(draw(layout.saying(said) if said else layout, method))
            seconds.append(time.perf_counter() - begun)
            progress(place * len(layouts) + number + 1, len(rows) * len(layouts))
        pictures[row], costs[row] = tuple(drawn), Cost(tuple(seconds), peak())
    judge = open_judge()
    judged = {
        row: tuple(judge(image, layout) for image, layout in zip(images, layouts, strict=True))
        for row, images in pictures.items()
    }
    return RealOutcome(tuple(layouts), pictures, judged, costs)
