"""What `bench regions --real` found, as figures, and as the file that is sent back."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType

from lib_omost.bench.rates import Group, Rate, difference, rate
from lib_omost.bench.real.judging import Judged
from lib_omost.bench.real.run import Cost, RealOutcome
from lib_omost.bench.region_figures import by_count, percent, plain

FORM = 1  # of the file: another number means other names in it
_TITLES = ("regions right", "whole layout", "in place", "colour", "IoU", "s a picture", "GiB")


@dataclass(frozen=True)
class Setup:
    """What drew and what judged, by names that say nothing of whose machine it is."""

    omost: str
    checkpoint: str
    host: str
    device: str
    judge: str
    settings: Mapping[str, float]


def _ious(judged: Judged) -> Group:
    known = [one for one in judged.iou if not math.isnan(one)]
    return math.fsum(known), len(known)


MEASURES: Mapping[str, Callable[[Judged], Group]] = MappingProxyType(
    {
        "regions_right": lambda judged: (sum(judged.regions), len(judged.regions)),
        "whole_right": lambda judged: (judged.whole, 1),
        "in_place": lambda judged: (sum(judged.there), len(judged.there)),
        "colored": lambda judged: (sum(judged.colored), len(judged.colored)),
        "iou": _ious,
    }
)


def figures(judged: Sequence[Judged]) -> dict[str, Rate]:
    """The rate of each of MEASURES over the pictures of one row."""
    return {name: rate([measure(one) for one in judged]) for name, measure in MEASURES.items()}


def table(outcome: RealOutcome) -> str:
    """For people: percent ± one standard error, the median seconds of a picture, the most graphics memory."""
    rows = list(outcome.judged)
    pairs = [(rows[-1], other) for other in rows[:-1]]
    width = max(map(len, ["method", *rows, *(f"{a} − {b}" for a, b in pairs)])) + 2

    def line(name: str, cells: Sequence[str]) -> str:
        return f"{name:<{width}}" + "".join(f"{cell:>16}" for cell in cells)

    lines = [line("method", _TITLES)]
    for row, judged in outcome.judged.items():
        cost = outcome.costs[row]
        memory = "–" if cost.peak is None else f"{cost.peak / 2**30:.2f}"
        lines.append(line(row, [*map(percent, figures(judged).values()), f"{_median(cost):.2f}", memory]))
    if pairs:
        lines.append("points between rows, paired by layout:")
    for a, b in pairs:
        lines.append(line(f"{a} − {b}", [percent(one) for one in _gains(outcome, a, b).values()]))
    lines.append(
        f"{len(outcome.layouts)} layouts; percent ± one standard error. A region is right when the judge finds "
        "its thing in its place (IoU ≥ 0.5; a CLIP: more likely there than other nouns) and 20 % of that has its colour"
    )
    return "\n".join(lines)


def report(outcome: RealOutcome, setup: Setup) -> dict[str, object]:
    """Everything measured, as JSON: what is sent back. It holds no picture, path, address or name of a user."""
    last = list(outcome.judged)[-1]
    return {
        "form": FORM,
        "setup": asdict(setup),
        "methods": {row: _row(judged, outcome.costs[row]) for row, judged in outcome.judged.items()},
        "gains": {f"{last} - {row}": plain(_gains(outcome, last, row)) for row in outcome.judged if row != last},
        "layouts": [_layout(outcome, number) for number in range(len(outcome.layouts))],
    }


def _row(judged: Sequence[Judged], cost: Cost) -> object:
    return plain({**figures(judged), "by_count": by_count(judged), "seconds": _median(cost), "peak_bytes": cost.peak})


def _layout(outcome: RealOutcome, number: int) -> object:
    layout = outcome.layouts[number]
    asked = [{"noun": one.noun, "color": one.color, "rect": list(one.rect)} for one in layout.asked]
    shown = {row: plain(asdict(judged[number])) for row, judged in outcome.judged.items()}
    return {"seed": layout.seed, "scene": layout.scene, "asked": asked, "shown": shown}


def _gains(outcome: RealOutcome, first: str, second: str) -> dict[str, Rate]:
    a, b = outcome.judged[first], outcome.judged[second]
    return {
        name: difference([measure(one) for one in a], [measure(one) for one in b]) for name, measure in MEASURES.items()
    }


def _median(cost: Cost) -> float:
    return statistics.median(cost.seconds)
