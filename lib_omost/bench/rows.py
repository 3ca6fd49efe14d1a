"""Every layout drawn for every row, as the benches of regions do it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from lib_omost.mini.scenes import Image


class Sayable(Protocol):
    """A picture to ask for, whose canvas can say other colours than its words."""

    def saying(self: Said, said: str, /) -> Said:
        """The same with ``gray colours`` or ``wrong colours`` in its fields."""
        ...


Said = TypeVar("Said", bound=Sayable)
Progress = Callable[[int, int], None]  # pictures done, pictures in all


def method_of(row: str) -> str:
    """A row is a method's name, alone or with ``, gray colours`` or ``, wrong colours`` behind it."""
    return row.partition(", ")[0]


def rows_drawn(
    draw: Callable[[Said, str], Image], layouts: Sequence[Said], rows: Sequence[str], drawn: Callable[[], None]
) -> Iterator[tuple[str, tuple[Image, ...], tuple[float, ...]]]:
    """Each row, its pictures in the order of `layouts` and the seconds of each. draw: layout and method → (H, W, 3).

    drawn: is called after each picture.
    """
    for row in rows:
        said = row.partition(", ")[2]
        images, seconds = [], []
        for layout in layouts:
            begun = time.perf_counter()
            images.append(draw(layout.saying(said) if said else layout, method_of(row)))
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
