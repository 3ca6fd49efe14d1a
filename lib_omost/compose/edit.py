"""What changes in a canvas, as operations. Things of the canvas are named by number, from 1, or by their words."""

from __future__ import annotations

from dataclasses import dataclass

from lib_omost.canvas.colors import COLORS
from lib_omost.compose.plan import Entry, Relation, check_words
from lib_omost.compose.vocabulary import LONGEST_SCENE, LONGEST_THING, PLACES, SHIFTS, SIZES, share_of

ALL = "all"
NUDGES = ("left", "right", "up", "down")
SCALES = ("larger", "smaller", "taller", "shorter", "wider", "narrower")
DEPTH_STEPS = ("near", "far", "nearer", "farther")


@dataclass(frozen=True)
class Targets:
    """Things of the canvas: the words or the number of each, or ALL alone. Raises ValueError."""

    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.names:
            raise ValueError("an edit names nothing")
        for name in self.names:
            check_words("target", name, LONGEST_THING)


@dataclass(frozen=True)
class Recolor:
    targets: Targets
    color: str

    def __post_init__(self) -> None:
        _check("color", self.color, COLORS)


@dataclass(frozen=True)
class Move:
    """To a place of the picture, or to where it stands to another thing of the canvas."""

    targets: Targets
    place: str | None = None
    shift: str | None = None
    relation: Relation | None = None

    def __post_init__(self) -> None:
        if (self.place is None) == (self.relation is None):
            raise ValueError("a move goes to a place or to a thing")
        if self.place is not None:
            _check("place", self.place, PLACES)
        if self.shift is not None:
            _check("shift", self.shift, SHIFTS)
            if self.place is None:
                raise ValueError("a shift stands behind a place")


@dataclass(frozen=True)
class Nudge:
    """A step to one side; `slightly` a short one."""

    targets: Targets
    direction: str
    slightly: bool = False

    def __post_init__(self) -> None:
        _check("direction", self.direction, NUDGES)


@dataclass(frozen=True)
class Swap:
    """Two things change places."""

    targets: Targets

    def __post_init__(self) -> None:
        if len(self.targets.names) != 2:
            raise ValueError("two things are swapped")


@dataclass(frozen=True)
class Resize:
    targets: Targets
    size: str

    def __post_init__(self) -> None:
        if share_of(self.size) is None:
            _check("size", self.size, (*SIZES, *SCALES))


@dataclass(frozen=True)
class SetDepth:
    targets: Targets
    depth: str

    def __post_init__(self) -> None:
        _check("depth", self.depth, DEPTH_STEPS)


@dataclass(frozen=True)
class Remove:
    targets: Targets


@dataclass(frozen=True)
class Replace:
    """Another thing in the same place."""

    targets: Targets
    thing: str
    color: str | None = None

    def __post_init__(self) -> None:
        check_words("thing", self.thing, LONGEST_THING, articles=False)
        if self.color is not None:
            _check("color", self.color, COLORS)


@dataclass(frozen=True)
class Describe:
    """The same thing in other words."""

    targets: Targets
    thing: str

    def __post_init__(self) -> None:
        check_words("thing", self.thing, LONGEST_THING, articles=False)


@dataclass(frozen=True)
class Add:
    """A new thing; its relation names things of the canvas."""

    entry: Entry


@dataclass(frozen=True)
class SetScene:
    scene: str
    color: str | None = None

    def __post_init__(self) -> None:
        check_words("scene", self.scene, LONGEST_SCENE, commas=True)
        if self.color is not None:
            _check("color", self.color, COLORS)


@dataclass(frozen=True)
class SetStyle:
    style: str

    def __post_init__(self) -> None:
        check_words("style", self.style, LONGEST_SCENE, commas=True)


@dataclass(frozen=True)
class Forbid:
    """What must not be seen from now on. It changes no region; what is there already is removed by Remove."""

    absent: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.absent:
            raise ValueError("absent names nothing")
        for thing in self.absent:
            check_words("absent", thing, LONGEST_THING)


Edit = (
    Recolor | Move | Nudge | Swap | Resize | SetDepth | Remove | Replace | Describe | Add | SetScene | SetStyle | Forbid
)


def _check(name: str, value: str, known: object) -> None:
    if value not in known:  # type: ignore[operator]
        raise ValueError(f"{name} {value!r} is not a known name")
