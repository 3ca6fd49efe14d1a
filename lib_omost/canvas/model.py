"""Canvas and Region: what a language model composed, as plain frozen data."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import NamedTuple

from lib_omost.canvas.colors import COLORS
from lib_omost.canvas.limits import MAX_ABSENT, MAX_CANVAS_CHARS, MAX_ITEMS, MAX_REGIONS
from lib_omost.canvas.loras import MAX_LORAS, Lora
from lib_omost.canvas.mask import Mask
from lib_omost.canvas.reference import Reference
from lib_omost.canvas.vocabulary import AREAS, GRID, LOCATIONS, OFFSETS
from lib_omost.errors import has_halves

MAX_EDGE = 45.0  # cells: half of the grid
MAX_WEIGHT = 2.0
MAX_NEGATIVE = 2000  # characters
# Words of any script: some write with marks that are no letters by themselves.
_WORD = r"[\w'’\u0300-\u036f\u0900-\u0eff-]+"
_ABSENT = re.compile(f"{_WORD}(?: {_WORD})*")


class Rect(NamedTuple):
    """A half-open rectangle in cells of the 90 × 90 grid; y grows down, x to the right."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def cells(self) -> int:
        """How many it covers."""
        return max(0, self.bottom - self.top) * max(0, self.right - self.left)

    def shared(self, other: Rect) -> int:
        """How many cells lie in both."""
        top, bottom = max(self.top, other.top), min(self.bottom, other.bottom)
        return Rect(top, bottom, max(self.left, other.left), min(self.right, other.right)).cells


WHOLE_GRID = Rect(0, GRID, 0, GRID)


class RGB(NamedTuple):
    """A colour, 0…255 a channel."""

    red: int
    green: int
    blue: int


@dataclass(frozen=True)
class Region:
    """One local description: what is where, how near, in which colour.

    `location`, `offset`, `area` and `color_name` are names from `canvas.vocabulary` and `canvas.colors`;
    `distance_to_viewer` is positive and finite, in no unit. The texts may be empty. `free_rect`, which people draw and
    models never write, is where the region lies in place of what the words say: within the grid and not empty.
    `negative` is what the region must not show, as a negative prompt says it: one line. `weight` is how much its words
    count beside others where it lies: 1 as ever, 0 not at all, up to 2. `loras` hold inside the region alone. `edge` is
    over how many cells, half of them outside, words and LoRA fade. `mask` is the region's shape, stretched over its
    rectangle; None is all of it. `reference` is a picture that its pixels follow beside its words. None of these is in
    Omost's own format (see `canvas.remarks`).
    Raises ValueError, or TypeError for a text or tuple of another type; the message starts with the field's name.
    """

    location: str
    offset: str
    area: str
    distance_to_viewer: float
    description: str
    detailed_descriptions: tuple[str, ...] = ()
    tags: str = ""
    atmosphere: str = ""
    style: str = ""
    quality_meta: str = ""
    color_name: str = "gray"
    free_rect: Rect | None = None
    loras: tuple[Lora, ...] = ()
    negative: str = ""
    weight: float = 1.0
    edge: float = 0.0
    mask: Mask | None = None
    reference: Reference | None = None

    def __post_init__(self) -> None:
        _check_name("location", self.location, LOCATIONS)
        _check_name("offset", self.offset, OFFSETS)
        _check_name("area", self.area, AREAS)
        _check_name("color_name", self.color_name, COLORS)
        _check_distance(self.distance_to_viewer)
        _check_rect(self.free_rect)
        _check_loras(self.loras)
        if self.mask is not None and not isinstance(self.mask, Mask):
            raise TypeError(f"mask {_short(self.mask)} is not a Mask")
        if self.reference is not None and not isinstance(self.reference, Reference):
            raise TypeError(f"reference {_short(self.reference)} is not a Reference")
        _check_number("edge", self.edge, MAX_EDGE)
        _check_number("weight", self.weight, MAX_WEIGHT)
        if not is_negative(self.negative):
            raise ValueError(
                f"negative {_short(self.negative)} is not one line of at most {MAX_NEGATIVE} characters that show"
            )
        _check_items(self.detailed_descriptions)
        for field in ("description", "tags", "atmosphere", "style", "quality_meta"):
            _check_text(field, getattr(self, field))

    @property
    def rect(self) -> Rect:
        """Where the region lies: its free rectangle, or centre + offset ± half the area's size, clipped to the grid."""
        if self.free_rect is not None:
            return self.free_rect
        x, y = LOCATIONS[self.location]
        dx, dy = OFFSETS[self.offset]
        width, height = AREAS[self.area]
        return Rect(
            top=_clip(y + dy - height // 2),
            bottom=_clip(y + dy + height // 2),
            left=_clip(x + dx - width // 2),
            right=_clip(x + dx + width // 2),
        )

    @property
    def cells(self) -> tuple[int, ...] | None:
        """The grid's rows from the top, bit x of each its cell in column x; None for all of its rectangle."""
        if self.mask is None:
            return None
        top, bottom, left, right = self.rect
        rows = self.mask.stretched(right - left, bottom - top)
        if all(row == (1 << right - left) - 1 for row in rows):
            return None
        return (*(0,) * top, *(row << left for row in rows), *(0,) * (GRID - bottom))

    @property
    def size(self) -> int:
        """Cells that the region has."""
        if (cells := self.cells) is not None:
            return sum(row.bit_count() for row in cells)
        return (self.rect.bottom - self.rect.top) * (self.rect.right - self.rect.left)

    @property
    def rgb(self) -> RGB:
        return RGB(*COLORS[self.color_name])


@dataclass(frozen=True)
class Canvas:
    """A composed picture: the description of the whole of it, and its regions in the order they were written.

    The texts may be empty. `absent` are things that must not be seen, a few words each: they go to the negative prompt
    and stand in no other text; Omost's own format has no place for them. Raises ValueError, also for a canvas larger
    than `canvas.limits` allows, or TypeError for a text or tuple of another type; the message starts with the field's
    name.
    """

    description: str
    detailed_descriptions: tuple[str, ...] = ()
    tags: str = ""
    color_name: str = "gray"
    regions: tuple[Region, ...] = ()
    absent: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_name("color_name", self.color_name, COLORS)
        _check_absent(self.absent)
        _check_items(self.detailed_descriptions)
        _check_text("description", self.description)
        _check_text("tags", self.tags)
        if not isinstance(self.regions, tuple) or not all(isinstance(region, Region) for region in self.regions):
            raise TypeError("regions is not a tuple of Region")
        if len(self.regions) > MAX_REGIONS:
            raise ValueError(f"regions are {len(self.regions)}; at most {MAX_REGIONS} are allowed")
        size = text_size(self) + sum(map(text_size, self.regions))
        if size > MAX_CANVAS_CHARS:
            raise ValueError(f"description and all other texts have {size} characters; at most {MAX_CANVAS_CHARS} fit")

    @property
    def rgb(self) -> RGB:
        return RGB(*COLORS[self.color_name])

    def far_to_near(self) -> tuple[Region, ...]:
        """The regions as layers: farthest first, equally far ones in the order they were written."""
        return tuple(sorted(self.regions, key=lambda region: region.distance_to_viewer, reverse=True))


def is_absent(text: object) -> bool:
    """Whether a text can be one of a canvas's `absent`: words in a line, without marks."""
    return isinstance(text, str) and len(text) <= 80 and _ABSENT.fullmatch(text) is not None


def is_negative(text: object) -> bool:
    """Whether a text can be a region's `negative`: one line of characters that show, without a space at its ends."""
    return isinstance(text, str) and len(text) <= MAX_NEGATIVE and text.isprintable() and text == text.strip()


def text_size(part: Canvas | Region) -> int:
    """Characters of all free texts of a region, or of a canvas without its regions."""
    size = len(part.description) + len(part.tags) + sum(map(len, part.detailed_descriptions))
    if isinstance(part, Region):
        size += len(part.atmosphere) + len(part.style) + len(part.quality_meta) + len(part.negative)
    return size


def _clip(cell: int) -> int:
    return max(0, min(GRID, cell))


def _check_name(field: str, value: object, known: dict[str, tuple[int, int]] | dict[str, tuple[int, int, int]]) -> None:
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{field} {_short(value)} is not a known name")


def _check_distance(value: object) -> None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not 0 < value <= sys.float_info.max:  # type: ignore[operator]
        raise ValueError(f"distance_to_viewer {_short(value)} is not a positive, finite number")


def _check_rect(value: object) -> None:
    if value is None:
        return
    if not isinstance(value, Rect) or any(type(cell) is not int for cell in value):
        raise TypeError(f"free_rect {_short(value)} is not a Rect of whole numbers")
    if not (0 <= value.top < value.bottom <= GRID and 0 <= value.left < value.right <= GRID):
        raise ValueError(f"free_rect {_short(tuple(value))} is empty or leaves the grid of {GRID} × {GRID} cells")


def _check_loras(value: object) -> None:
    if not isinstance(value, tuple) or not all(isinstance(each, Lora) for each in value):
        raise TypeError("loras is not a tuple of Lora")
    if len(value) > MAX_LORAS:
        raise ValueError(f"loras has {len(value)} items; at most {MAX_LORAS} are allowed")


def _check_number(field: str, value: object, most: float) -> None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= most:  # type: ignore[operator]
        raise ValueError(f"{field} {_short(value)} is not a number from 0 to {most:g}")


def _check_items(value: object) -> None:
    if not isinstance(value, tuple):
        raise TypeError("detailed_descriptions is not a tuple of texts")
    if len(value) > MAX_ITEMS:
        raise ValueError(f"detailed_descriptions has {len(value)} items; at most {MAX_ITEMS} are allowed")
    for number, item in enumerate(value):
        _check_text(f"detailed_descriptions[{number}]", item)


def _check_absent(value: object) -> None:
    if not isinstance(value, tuple) or not all(map(is_absent, value)):
        raise ValueError(f"absent {_short(value)} is not a tuple of a few words each, without marks")
    if len(value) > MAX_ABSENT:
        raise ValueError(f"absent has {len(value)} items; at most {MAX_ABSENT} are allowed")


def _check_text(field: str, value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{field} {_short(value)} is not a text")
    if has_halves(value):
        raise ValueError(f"{field} holds half of a surrogate pair, which no tokenizer can read")


def _short(value: object) -> str:
    try:
        shown = repr(value)
    except (RecursionError, ValueError):  # nested very deeply, or a number of very many digits
        shown = f"of type {type(value).__name__}"
    return shown if len(shown) <= 60 else shown[:57] + "..."
