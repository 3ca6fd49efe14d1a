"""Every layout drawn for every row, as the benches of regions do it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from lib_omost.bench.layouts import GRAY, WRONG
from lib_omost.defaults.table import MOST_NOISE, MOST_WEIGHT
from lib_omost.errors import BadInputError
from lib_omost.methods.names import SKETCH
from lib_omost.mini.scenes import Image


class Sayable(Protocol):
    """A picture to ask for, whose canvas can say other colours than its words."""

    def saying(self: Said, said: str, /) -> Said:
        """The same with ``gray colours`` or ``wrong colours`` in its fields."""
        ...


Said = TypeVar("Said", bound=Sayable)
Progress = Callable[[int, int], None]  # pictures done, pictures in all


_NUMBERS = {"weight": MOST_WEIGHT, "noise": MOST_NOISE, "blocks": 1.0, "until": 1.0}
HINT = (
    f"behind a method may stand ', {GRAY}' or ', {WRONG}', and behind {SKETCH} ', weight 4' or ', noise 0.5'; in"
    " transformers ', blocks 0.67' or ', until 0.3', too"
)


@dataclass(frozen=True)
class Row:
    """What a row asks for: a method, what its canvases' colours say ("" is what their words do), and the numbers of the
    method sketch in place of the family's: `FamilyRow.word_weight` and `.start_noise` of `lib_omost.defaults.table`,
    and when joint attention follows the layout: `blocks` is the end of `JointRule.blocks`, `until` its `least_noise`.
    """

    method: str
    said: str = ""
    weight: float | None = None
    noise: float | None = None
    blocks: float | None = None
    until: float | None = None

    @property
    def way(self) -> str:
        """The row without colours: what draws is given this."""
        numbers = ((name, getattr(self, name)) for name in _NUMBERS)
        return ", ".join((self.method, *(f"{name} {number:g}" for name, number in numbers if number is not None)))


def row_of(text: str) -> Row:
    """A row is a method's name with what HINT says behind it. Raises BadInputError for anything else."""
    method, *behind = text.split(", ")
    said, numbers = "", dict.fromkeys(_NUMBERS, None)
    for one in behind:
        name, _, number = one.partition(" ")
        if one in (GRAY, WRONG) and not said:
            said = one
        elif name in _NUMBERS and method == SKETCH and numbers[name] is None:
            numbers[name] = _number(one, number, _NUMBERS[name])
        else:
            raise BadInputError(f"no row says {one!r}", hint=HINT)
    return Row(method, said, **numbers)


def _number(one: str, text: str, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= most:
        raise BadInputError(f"a row says {one!r}", hint=f"a number from 0 to {most:g} stands there")
    return value


def rows_drawn(
    draw: Callable[[Said, str], Image], layouts: Sequence[Said], rows: Sequence[str], drawn: Callable[[], None]
) -> Iterator[tuple[str, tuple[Image, ...], tuple[float, ...]]]:
    """Each row, its pictures in the order of `layouts` and the seconds of each.

    draw: a layout and `Row.way` → (H, W, 3). drawn: is called after each picture.
    """
    for row in rows:
        said, way = row_of(row).said, row_of(row).way
        images, seconds = [], []
        for layout in layouts:
            begun = time.perf_counter()
            images.append(draw(layout.saying(said) if said else layout, way))
            seconds.append(time.perf_counter() - begun)
            drawn()
        yield row, tuple(images), tuple(seconds)


def counting(progress: Progress | None, total: int) -> Callable[[], None]:
    """What tells `progress` each time that one more of `total` pictures is done."""
    done = 0

    def one_more() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    return one_more
