"""Every layout drawn with every method, timed, and judged afterwards: no judge takes memory meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lib_omost.bench.real.judging import Judge, Judged
from lib_omost.bench.real.layouts import RealLayout
from lib_omost.bench.rows import Progress, counting, row_of, rows_drawn
from lib_omost.mini.scenes import Image

Draw = Callable[[RealLayout, str], Image]  # a layout and a method → (H, W, 3)
Peak = Callable[[], int | None]  # the most bytes of graphics memory since it was asked last; None where nobody knows


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
    progress: Progress | None = None,
    peak: Peak = lambda: None,
) -> RealOutcome:
    """Draw, then judge. Rows are those of `bench.rows`. A picture before the first is drawn and not counted."""
    pictures: dict[str, tuple[Image, ...]] = {}
    costs: dict[str, Cost] = {}
    draw(layouts[0], row_of(rows[0]).way)  # what is loaded and compiled at the first one is no row's cost
    peak()
    one_more = counting(progress, len(rows) * len(layouts))
    for row, images, seconds in rows_drawn(draw, layouts, rows, one_more):
        pictures[row], costs[row] = images, Cost(seconds, peak())
    judge = open_judge()
    judged = {
        row: tuple(judge(image, layout) for image, layout in zip(images, layouts, strict=True))
        for row, images in pictures.items()
    }
    return RealOutcome(tuple(layouts), pictures, judged, costs)
