"""`bench regions`: how often boxes show what was asked of them, for each way of steering the same layouts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from lib_omost.bench.layouts import REGION_COUNTS, Layout
from lib_omost.bench.obedience import Obedience, obedience
from lib_omost.bench.rates import Group, Rate, difference, rate
from lib_omost.mini.scenes import Image

MEASURED_METHODS = ("plain", "decomposition", "score")
Renderer = Callable[[Layout, str], Image]  # a layout and a method's name → (H, W, 3)
Progress = Callable[[int, int], None]  # pictures done, pictures in all


@dataclass(frozen=True)
class Outcome:
    """The pictures of every method, in the order of `layouts`, and how far each obeys."""

    layouts: tuple[Layout, ...]
    pictures: Mapping[str, tuple[Image, ...]]
    judged: Mapping[str, tuple[Obedience, ...]]


@dataclass(frozen=True)
class Figures:
    """What one method reached. `by_count`: regions right among layouts of two, three and four boxes."""

    regions_right: Rate
    by_count: dict[int, Rate]
    whole_right: Rate
    inside: Rate
    background_right: Rate


def run(
    render: Renderer,
    layouts: Sequence[Layout],
    methods: Sequence[str] = MEASURED_METHODS,
    progress: Progress | None = None,
) -> Outcome:
    """Render every layout with every method and judge the pictures."""
    pictures: dict[str, tuple[Image, ...]] = {}
    for number, method in enumerate(methods):
        drawn: list[Image] = []
        for layout in layouts:
            drawn.append(render(layout, method))
            if progress is not None:
                progress(number * len(layouts) + len(drawn), len(methods) * len(layouts))
        pictures[method] = tuple(drawn)
    judged = {
        method: tuple(obedience(image, layout) for image, layout in zip(images, layouts, strict=True))
        for method, images in pictures.items()
    }
    return Outcome(tuple(layouts), pictures, judged)


def figures(judged: Sequence[Obedience]) -> Figures:
    """The rates of one method."""
    return Figures(
        regions_right=rate(_right(judged)),
        by_count={count: rate(_right([j for j in judged if len(j.regions) == count])) for count in REGION_COUNTS},
        whole_right=rate([(j.whole, 1) for j in judged]),
        inside=rate([(math.fsum(j.inside), len(j.inside)) for j in judged]),
        background_right=rate([(j.background, 1) for j in judged]),
    )


def report(outcome: Outcome) -> dict[str, object]:
    """Everything measured, as JSON: each rate with `value`, `error` (one standard error; null if unknown) and `count`.

    `gains` are differences in regions right between the last method and each other one, paired by layout.
    """
    last = list(outcome.judged)[-1]
    return {
        "layouts": len(outcome.layouts),
        "methods": {method: _plain(asdict(figures(judged))) for method, judged in outcome.judged.items()},
        "gains": {
            f"{last} - {method}": _plain(asdict(difference(_right(outcome.judged[last]), _right(judged))))
            for method, judged in outcome.judged.items()
            if method != last
        },
    }


def table(outcome: Outcome) -> str:
    """The same for people, in percent ± one standard error."""
    counts = [f"{count} boxes" for count in REGION_COUNTS]
    lines = [_row("method", ["regions right", *counts, "whole layout", "colour inside", "background"])]
    for method, judged in outcome.judged.items():
        f = figures(judged)
        rates = [f.regions_right, *f.by_count.values(), f.whole_right, f.inside, f.background_right]
        lines.append(_row(method, [_percent(r) for r in rates]))
    *others, last = outcome.judged
    for other in others:
        gain = difference(_right(outcome.judged[last]), _right(outcome.judged[other]))
        lines.append(f"{last} − {other}: {_percent(gain)} points of regions right")
    lines.append(f"{len(outcome.layouts)} layouts; percent ± one standard error, layouts taken as independent")
    return "\n".join(lines)


def _right(judged: Sequence[Obedience]) -> list[Group]:
    return [(sum(j.regions), len(j.regions)) for j in judged]


def _plain(data: object) -> object:
    """JSON has no NaN and no number for a key."""
    if isinstance(data, dict):
        return {str(key): _plain(value) for key, value in data.items()}
    return None if isinstance(data, float) and math.isnan(data) else data


def _percent(r: Rate) -> str:
    if math.isnan(r.value):
        return "–"
    error = "" if math.isnan(r.error) else f" ± {100 * r.error:.1f}"
    return f"{100 * r.value:.1f}{error}"


def _row(name: str, cells: Sequence[str]) -> str:
    return f"{name:<14}" + "".join(f"{cell:>15}" for cell in cells)
