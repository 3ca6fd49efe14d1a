"""What the formats share: regions from rectangles in shares of the picture, prompts, what is lost in writing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from lib_omost.canvas import COLORS, GRID, Canvas, Rect, Region
from lib_omost.canvas.cells import rows_of
from lib_omost.canvas.distance import DEFAULT_DISTANCE
from lib_omost.canvas.limits import MAX_ABSENT, MAX_CANVAS_CHARS, MAX_ITEMS, MAX_REGIONS
from lib_omost.canvas.mask import cut_out
from lib_omost.canvas.model import is_absent
from lib_omost.canvas.place import nearest_words, rect_of
from lib_omost.canvas.report import Reports
from lib_omost.canvas.tagged import free_tags_taken_out

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Item = TypeVar("Item")
STRIPPED = ",. \t\r\n"
DEFAULT_COLOR = "gray"


@dataclass(frozen=True)
class WrittenLayout:
    """A canvas in another program's form. `notes` say what of it that form cannot hold, a sentence each."""

    text: str
    notes: tuple[str, ...] = ()


def region_at(
    rect: Rect,
    description: str,
    *,
    color_name: str = DEFAULT_COLOR,
    distance_to_viewer: float = DEFAULT_DISTANCE,
) -> Region:
    """A region that lies exactly at `rect`: by words where they say just that, else as a free rectangle."""
    words = nearest_words(rect)
    free = None if rect_of(*words) == rect else rect
    return Region(*words, distance_to_viewer, description, color_name=color_name, free_rect=free)


def shaped(region: Region, cells: NDArray[np.bool_]) -> Region:
    """The region with those of its rectangle's cells that are set in (90, 90), and the rectangle around them.

    It stays as it is where that is none or all of them.
    """
    within = rows_of(cells)
    top, bottom, left, right = region.rect
    columns = (1 << right) - (1 << left)
    cut = cut_out([row & columns if top <= y < bottom else 0 for y, row in enumerate(within)])
    if cut is None or cut[0].area == cut[0].width * cut[0].height == region.size:
        return region
    mask, rect = cut
    location, offset, area = nearest_words(Rect(*rect))
    free = None if rect_of(location, offset, area) == rect else Rect(*rect)
    return replace(region, location=location, offset=offset, area=area, free_rect=free, mask=mask)


def regions_at(places: Sequence[tuple[Rect, str]], reports: Reports) -> list[Region]:
    """Regions from rectangles and descriptions, as many as a canvas holds."""
    regions: list[Region] = []
    for rect, description in as_many_as_fit(places, reports):
        region, notes = free_tags_taken_out(region_at(rect, description))
        regions.append(region)
        for note in notes:
            reports.correct(1, note)
    return regions


def rect_of_shares(top: float, bottom: float, left: float, right: float) -> Rect | None:
    """A rectangle in shares of the picture's sides, to the nearest cells; None when that leaves nothing of it."""
    rect = Rect(*(round(max(0.0, min(1.0, share)) * GRID) for share in (top, bottom, left, right)))
    return rect if rect.top < rect.bottom and rect.left < rect.right else None


def as_many_as_fit(items: Sequence[Item], reports: Reports) -> Sequence[Item]:
    """The first of the other program's regions, as many as a canvas holds, before any work is done for them."""
    if len(items) > MAX_REGIONS:
        reports.problem(1, f"a canvas holds {MAX_REGIONS} regions; {len(items) - MAX_REGIONS} of them were left out")
    return items[:MAX_REGIONS]


def one_line(text: str) -> str:
    """The text on one line, without commas and full stops at its ends."""
    return " ".join(text.split()).strip(STRIPPED)


def words_of(part: Canvas | Region) -> str:
    """All texts of a region, or of a canvas without its regions, as one prompt."""
    texts: Sequence[str] = (part.description, *part.detailed_descriptions, part.tags)
    if isinstance(part, Region):
        texts = (*texts, part.atmosphere, part.style, part.quality_meta)
    return ", ".join(filter(None, map(one_line, texts)))


def whole_of(texts: Sequence[str], absent: tuple[str, ...], reports: Reports) -> Canvas | None:
    """What is said of the whole picture: its description, then details. None where nothing is, or far too much."""
    description, *details = (*texts, "")[: MAX_ITEMS + 1]
    if sum(map(len, texts)) > MAX_CANVAS_CHARS:
        reports.problem(1, f"what is said of the whole picture has over {MAX_CANVAS_CHARS} characters; it was left out")
        return None
    return Canvas(description, tuple(filter(None, details)), absent=absent) if any(texts) else None


def absent_of(negative: str, reports: Reports) -> tuple[str, ...]:
    """What a negative prompt keeps out. A part with other marks than words is left out with a problem."""
    things: list[str] = []
    for part in dict.fromkeys(" ".join(part.split()) for part in negative.split(",")):
        if not part:
            continue
        if is_absent(part) and len(things) < MAX_ABSENT:
            things.append(part)
        else:
            reports.problem(1, f"{part[:60]!r} of the negative prompt was left out", "words between commas")
    return tuple(things)


def lost_in(canvas: Canvas) -> Iterator[str]:
    """Notes on what of a canvas has no place where only rectangles and a prompt for each are written."""
    parts: Sequence[Canvas | Region] = (canvas, *canvas.regions)
    if len({region.distance_to_viewer for region in canvas.regions}) > 1:
        yield "How near the regions are is lost."
    if any(COLORS[part.color_name] != COLORS[DEFAULT_COLOR] for part in parts):
        yield "The colours are lost."
    if any(words_of(part) != one_line(part.description) for part in parts):
        yield "Sub-prompts, tags and styles became one prompt a region."
    yield from lost_extras(canvas)


def lost_extras(canvas: Canvas) -> Iterator[str]:
    """Notes on what regions have beyond Omost's own format."""
    if any(region.loras for region in canvas.regions):
        yield "The LoRA of the regions are lost."
    if any(region.negative for region in canvas.regions):
        yield "The negative words of the regions are lost."
    if any(region.weight != 1 for region in canvas.regions):
        yield "The weights of the regions are lost."
    if any(region.edge for region in canvas.regions):
        yield "The soft edges of the regions are lost."
    if any(region.mask for region in canvas.regions):
        yield "The masks of the regions are lost: their rectangles were written."
    if any(region.reference for region in canvas.regions):
        yield "The reference pictures of the regions are lost."


def without_keywords(text: str, keywords: re.Pattern[str], notes: list[str]) -> str:
    """A prompt in which no word is one of the other program's `keywords`: these become lower case, with a note."""
    found = sorted({match[0] for match in keywords.finditer(text)})
    if not found:
        return text
    notes.append(f"{', '.join(found)} in a text was written in lower case: it is a keyword there.")
    return keywords.sub(lambda match: match[0].lower(), text)
