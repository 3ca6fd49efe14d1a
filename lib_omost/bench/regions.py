"""`bench regions`: how often boxes show what was asked of them, for each way of steering the same layouts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lib_omost.bench.layouts import GRAY, WRONG, Layout
from lib_omost.bench.obedience import Obedience, obedience
from lib_omost.bench.rows import Progress, counting, rows_drawn
from lib_omost.methods.names import DECOMPOSITION, PLAIN, SCORE, SKETCH
from lib_omost.mini.scenes import Image

MEASURED_METHODS = (PLAIN, DECOMPOSITION, SCORE, SKETCH)
DRAWN_FROM_COLORS = tuple(f"{SKETCH}, {said}" for said in (GRAY, WRONG))  # rows: colours that nobody asked for
Renderer = Callable[[Layout, str], Image]  # a layout and a method's name → (H, W, 3)
Ceiling = Callable[[Layout], Obedience]  # what a checkpoint can show of a layout at best


@dataclass(frozen=True)
class Outcome:
    """The pictures of every row, in the order of `layouts`, and how far each obeys; and the checkpoint's ceilings."""

    layouts: tuple[Layout, ...]
    pictures: Mapping[str, tuple[Image, ...]]
    judged: Mapping[str, tuple[Obedience, ...]]
    ceilings: Mapping[str, tuple[Obedience, ...]] = field(default_factory=dict)


def run(
    render: Renderer,
    layouts: Sequence[Layout],
    rows: Sequence[str] = MEASURED_METHODS,
    progress: Progress | None = None,
    ceilings: Mapping[str, Ceiling] | None = None,
) -> Outcome:
    """Render every layout for every row and judge the pictures; then see what the checkpoint can do at best.

    A row is a method's name, alone or with what `bench.rows` lets it say behind it: the fields of its canvases then say
    other colours than their words.
    """
    bounds = ceilings or {}
    one_more = counting(progress, (len(rows) + len(bounds)) * len(layouts))
    pictures = {row: images for row, images, _ in rows_drawn(render, layouts, rows, one_more)}
    judged = {
        row: tuple(obedience(image, layout) for image, layout in zip(images, layouts, strict=True))
        for row, images in pictures.items()
    }
    reached: dict[str, tuple[Obedience, ...]] = {}
    for name, ceiling in bounds.items():
        found: list[Obedience] = []
        for layout in layouts:
            found.append(ceiling(layout))
            one_more()
        reached[name] = tuple(found)
    return Outcome(tuple(layouts), pictures, judged, reached)
