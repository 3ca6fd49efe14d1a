"""What `bench regions` found, as figures: rates with their errors, for programs and for people."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Protocol

from lib_omost.bench.layouts import REGION_COUNTS
from lib_omost.bench.obedience import Obedience
from lib_omost.bench.rates import Group, Rate, difference, rate
from lib_omost.bench.regions import Outcome

Measure = Callable[[Obedience], Group]


class Regions(Protocol):
    """What was judged of one picture."""

    @property
    def regions(self) -> tuple[bool, ...]:
        """For each region, whether it is right."""
        ...


def _regions(judged: Regions) -> Group:
    return sum(judged.regions), len(judged.regions)


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "regions_right": _regions,
        "whole_right": lambda judged: (judged.whole, 1),
        "shapes_right": lambda judged: (sum(judged.shapes), len(judged.shapes)),
        "both_right": lambda judged: (sum(judged.both), len(judged.both)),
        "doubled": lambda judged: (sum(judged.doubled), len(judged.doubled)),
        "spill": lambda judged: (len(judged.inside) - math.fsum(judged.inside), len(judged.inside)),
        "background_right": lambda judged: (judged.background, 1),
    }
)
_TITLES = ("regions right", "whole layout", "shape", "colour + shape", "doubled", "spill", "background")


def figures(judged: Sequence[Obedience]) -> dict[str, Rate]:
    """The rate of each of MEASURES over the pictures of one row."""
    return {name: rate([measure(one) for one in judged]) for name, measure in MEASURES.items()}


def by_count(judged: Sequence[Regions]) -> dict[int, Rate]:
    """Regions right among layouts of two, three and four boxes."""
    return {count: rate([_regions(one) for one in judged if len(one.regions) == count]) for count in REGION_COUNTS}


def gains(first: Sequence[Obedience], second: Sequence[Obedience]) -> dict[str, Rate]:
    """How much more of each measure `first` has than `second`, which are of the same layouts; errors are paired."""
    return {
        name: difference([measure(one) for one in first], [measure(one) for one in second])
        for name, measure in MEASURES.items()
    }


def report(outcome: Outcome) -> dict[str, object]:
    """Everything measured, as JSON: each rate with `value`, `error` (one standard error; null if unknown) and `count`.

    `gains` are differences between the pictures of the last row and of each other one, paired by layout.
    """
    last = list(outcome.judged)[-1]
    return {
        "layouts": len(outcome.layouts),
        "methods": {row: _row_report(judged) for row, judged in outcome.judged.items()},
        "ceilings": {name: _row_report(judged) for name, judged in outcome.ceilings.items()},
        "gains": {
            f"{last} - {row}": plain(gains(outcome.judged[last], judged))
            for row, judged in outcome.judged.items()
            if row != last
        },
    }


def table(outcome: Outcome) -> str:
    """The same for people, in percent ± one standard error."""
    rows = [*outcome.judged, *outcome.ceilings, *(f"{a} − {b}" for a, b in _pairs(outcome))]
    width = max(map(len, [*rows, "method"])) + 2
    counts = [f"{count} boxes" for count in REGION_COUNTS]

    def line(name: str, cells: Sequence[str]) -> str:
        return f"{name:<{width}}" + "".join(f"{cell:>16}" for cell in cells)

    def told(name: str, judged: Sequence[Obedience]) -> str:
        return line(name, [percent(one) for one in (*figures(judged).values(), *by_count(judged).values())])

    lines = [line("method", [*_TITLES, *counts])]
    lines += [told(row, judged) for row, judged in outcome.judged.items()]
    if outcome.ceilings:
        lines.append("at best, with this checkpoint:")
        lines += [told(name, judged) for name, judged in outcome.ceilings.items()]
    if len(outcome.judged) > 1:
        lines.append("points between rows, paired by layout:")
        for a, b in _pairs(outcome):
            found = gains(outcome.judged[a], outcome.judged[b])
            lines.append(line(f"{a} − {b}", [percent(one) for one in found.values()]))
    lines.append(
        f"{len(outcome.layouts)} layouts; percent ± one standard error, layouts taken as independent. Shapes are "
        "judged without regard to colour; doubled: more than one thing of the colour; spill: the colour outside its box"
    )
    return "\n".join(lines)


def _pairs(outcome: Outcome) -> list[tuple[str, str]]:
    """The last row with each other one."""
    *others, last = outcome.judged
    return [(last, other) for other in others]


def _row_report(judged: Sequence[Obedience]) -> object:
    return plain({**figures(judged), "by_count": by_count(judged)})


def plain(data: object) -> object:
    """Figures as JSON, which has no NaN and no number for a key."""
    if isinstance(data, Rate):
        return plain(asdict(data))
    if isinstance(data, dict):
        return {str(key): plain(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [plain(value) for value in data]
    return None if isinstance(data, float) and math.isnan(data) else data


def percent(r: Rate) -> str:
    """A rate for people, with its error where that is known."""
    if math.isnan(r.value):
        return "–"
    error = "" if math.isnan(r.error) else f" ± {100 * r.error:.1f}"
    return f"{100 * r.value:.1f}{error}"
