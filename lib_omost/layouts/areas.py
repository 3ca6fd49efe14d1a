"""A picture with coloured areas: each distinct colour is one region; what is no rectangle is its mask.

What the areas show is said by a legend, a line `#rrggbb: words` or `red: words` each; without one they are named after
their colours. White, black and what is transparent are the background, unless the legend names them. Pictures come from
anywhere: their size is bounded before a pixel is read.
"""

from __future__ import annotations

import io
import json
import math
import re
import struct
import warnings
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lib_omost.canvas import COLORS, GRID, ParsedReply, Rect, Region
from lib_omost.canvas.build import whole_reply
from lib_omost.canvas.color_words import nearest_color, nearest_rgb
from lib_omost.canvas.report import Reports
from lib_omost.canvas.tagged import free_tags_taken_out
from lib_omost.errors import BadInputError, CanvasError
from lib_omost.layouts.parts import region_at, shaped, whole_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.int64]  # (height, width), each 0xrrggbb, CLEAR or NOTHING

MOST_PIXELS = 16 * 2**20  # of a picture that is read: it takes some 100 MB meanwhile
SIDE = 720  # pixels that its longer side has while areas are looked for
LEAST_SHARE = 0.002  # of the picture: what is smaller is an edge between two areas, or noise
MOST_OTHERS = 0.2  # of the picture may be such edges; a photo has more
NEAR = 48  # distance of two colours, in red, green and blue, that are one in a compressed picture
SOLID = 0.9  # share of its box that a rectangle fills
OUTLINE = 0.1  # share of its box that an area fills at least
SPECK = 0.02  # of the longest row or column of an area: shorter ones are stray pixels
MOST_COLORS = 64  # that are told apart
CLEAR, NOTHING = -1, -2  # a transparent pixel; one of no area
WHITE, BLACK = 0xFFFFFF, 0
BACKGROUND = "background"
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
_LINE = re.compile(r"\s*(?:[-*•][ \t]+)?(#?[^:=：|\t]{2,40}?)\s*(?:[:=：|\t]|\s[-–—]\s)\s*(\S.{0,2000}?)\s*")
_COMMENT = re.compile(r"\s*(?://|#\s|\|?[\s|:-]*$)")  # or the line below the head of a table
_HEX = re.compile(r"#?([0-9a-fA-F]{6})")


@dataclass(frozen=True)
class Legend:
    """What colours mean: descriptions by 0xrrggbb, and that of the background."""

    words: Mapping[int, str]
    background: str = ""


def read_legend(text: str) -> Legend:
    """A line `#rrggbb: words`, `red: words` or `background: words` each; lines that say nothing are passed over.

    Also a JSON object of these, or a table. Raises BadInputError for a line whose colour cannot be told.
    """
    words: dict[int, str] = {}
    background = ""
    for number, line in enumerate(_legend_lines(text), 1):
        if _COMMENT.match(line):
            continue
        match = _LINE.fullmatch(line.strip().strip("|"))
        color = _color(match[1]) if match else None
        if match and match[1].lower() == BACKGROUND:
            background = match[2]
        elif match and color is not None:
            words[color] = f"{words[color]}, {match[2]}" if color in words else match[2]
        else:
            raise BadInputError(f"the legend's line {number} names no colour", hint="write it as #ff0000: a red boat")
    return Legend(words, background)


def _legend_lines(text: str) -> list[str]:
    """The lines of a legend; those of a JSON object are its names and texts."""
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        try:
            data = json.loads(text.lstrip("\ufeff"))
        except (ValueError, RecursionError):
            data = None
        if isinstance(data, dict):
            return [f"{name}: {' '.join(str(said).split())}" for name, said in data.items()]
    return text.lstrip("\ufeff").splitlines()


def _color(name: str) -> int | None:
    if match := _HEX.fullmatch(name):
        return int(match[1], 16)
    known = nearest_color(name)
    return None if known is None else _packed(COLORS[known])


def read_areas(data: bytes, legend: Legend | None = None) -> ParsedReply:
    """The areas of a picture as regions, the largest first.

    Raises BadInputError for what is no picture, CanvasError for one without flat areas, such as a photo.
    """
    words = legend.words if legend else {}
    painted, is_exact = _pixels_of(data)
    pixels = _nearest_of(painted, sorted(words), NEAR) if words else _flat(painted, is_exact=is_exact)
    ground = None if words else _ground(pixels)
    reports = Reports()
    for color in _unnamed(painted, words) if words else ():
        reports.problem(1, f"the legend says nothing of #{color:06x}; its area was left out", "a line for each colour")
    regions: list[Region] = []
    for color in _by_size(pixels):
        if color in (ground, NOTHING, CLEAR):
            continue
        name = nearest_rgb((color >> 16, color >> 8 & 255, color & 255))
        described = words.get(color, name)
        mask = pixels == color
        if _is_line(mask) and not words:
            if is_exact:  # else it is the edge of an area, as compression leaves it
                reports.problem(1, f"what is {name} are lines, not an area; it was left out")
            continue
        rect, share = _box(mask)
        region, notes = free_tags_taken_out(region_at(rect, described, color_name=name))
        for note in notes:
            reports.correct(1, note)
        if share < SOLID:
            reports.correct(1, f"{described[:60]!r} fills {share:.0%} of its box; its shape is the region's mask")
            region = shaped(region, mask_on_grid(mask))
        regions.append(region)
    for color in sorted(words.keys() - set(_by_size(pixels))):
        reports.problem(1, f"nothing has the colour #{color:06x} of the legend's {words[color][:60]!r}")
    if regions and not words:
        reports.correct(1, "the regions are named after their colours: write what they show")
    if not regions and not reports.problems:
        reports.problem(1, "the picture shows nothing but its background", "areas in other colours")
    whole = whole_of([legend.background] if legend and legend.background else [], (), reports)
    parsed = whole_reply(whole, regions, reports)
    if parsed.canvas is None or ground not in (WHITE, BLACK):
        return parsed
    return replace(parsed, canvas=replace(parsed.canvas, color_name="white" if ground == WHITE else "black"))


def _pixels_of(data: bytes) -> tuple[Pixels, bool]:
    """The picture with its longer side at most SIDE, and whether its colours are exactly those that were painted."""
    import numpy as np
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise BadInputError("this picture is too large to be read", hint="make it smaller")
                is_exact = image.format not in ("JPEG", "WEBP")
                picture = ImageOps.exif_transpose(image).convert("RGBA")
    except (OSError, ValueError, SyntaxError, struct.error, zlib.error, OverflowError, MemoryError) as error:
        raise BadInputError("this is no picture that can be read", hint="save it as PNG") from error
    except Image.DecompressionBombError as error:
        raise BadInputError("this picture is too large to be read", hint="make it smaller") from error
    scale = min(1.0, SIDE / max(picture.size))
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    channels = np.asarray(picture.resize(size, Image.Resampling.NEAREST), np.int64)
    packed: Pixels = channels[..., 0] << 16 | channels[..., 1] << 8 | channels[..., 2]
    packed[channels[..., 3] < 128] = CLEAR
    return packed, is_exact


def _packed(rgb: Sequence[int]) -> int:
    return rgb[0] << 16 | rgb[1] << 8 | rgb[2]


def _by_size(pixels: Pixels) -> list[int]:
    """The values that there are, the most frequent first."""
    import numpy as np

    values, counts = np.unique(pixels, return_counts=True)
    order = np.lexsort((values, -counts))
    return [int(value) for value in values[order]]


def _flat(pixels: Pixels, *, is_exact: bool) -> Pixels:
    """The pixels with NOTHING in place of colours that are too rare to be areas. Raises CanvasError for a photo."""
    import numpy as np

    kept: list[int] = []
    for color in _often(pixels):
        if color == CLEAR:
            continue
        if is_exact or all(_distance(one, color) > NEAR for one in kept):
            kept.append(color)
    flat = _nearest_of(pixels, kept, 0 if is_exact else NEAR)
    if np.mean(flat == NOTHING) > MOST_OTHERS or len(kept) > MOST_COLORS:
        raise CanvasError(
            f"this picture has no flat areas: it has {len(np.unique(pixels))} colours",
            hint="paint each region in one colour, without shades, and save it as PNG",
        )
    return flat


def _unnamed(pixels: Pixels, named: Iterable[int]) -> list[int]:
    """The colours of areas that no legend names, the largest first; of white and black the background is."""
    near = [*named, WHITE, BLACK]
    found: list[int] = []
    for color in _often(pixels)[:MOST_COLORS]:
        if color != CLEAR and all(_distance(color, one) > NEAR for one in (*near, *found)):
            found.append(color)
    nearest = _nearest_of(pixels, [*near, *found], NEAR)
    return [color for color in found if not _is_line(nearest == color)]


def _often(pixels: Pixels) -> list[int]:
    """The values that are no edge between two areas, the most frequent first."""
    import numpy as np

    values, counts = np.unique(pixels, return_counts=True)
    most = np.argsort(-counts, kind="stable")[: int(np.sum(counts >= LEAST_SHARE * pixels.size))]
    return [int(value) for value in values[most]]


def _nearest_of(pixels: Pixels, colors: Sequence[int], within: float) -> Pixels:
    """Each pixel as the nearest of some colours, NOTHING where none is as near as `within`; CLEAR stays."""
    import numpy as np

    values, inverse = np.unique(pixels, return_inverse=True)
    nearest = np.full(len(values), NOTHING)
    least = np.full(len(values), within**2 + 0.5)
    for color in colors:
        miss = np.zeros(len(values), np.int64)
        for shift in (16, 8, 0):
            miss += ((values >> shift & 255) - (color >> shift & 255)) ** 2
        is_nearer = miss < least
        nearest[is_nearer], least[is_nearer] = color, miss[is_nearer]
    nearest[values == CLEAR] = CLEAR
    named: Pixels = nearest[inverse].reshape(pixels.shape)
    return named


def _distance(one: int, two: int) -> float:
    return math.dist((one >> 16, one >> 8 & 255, one & 255), (two >> 16, two >> 8 & 255, two & 255))


def _ground(pixels: Pixels) -> int | None:
    """Transparent, white or black: what the border has most of, else what the picture has; None where it has none."""
    import numpy as np

    border = np.concatenate((pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]))
    for among in (border, pixels):
        counts = {color: int(np.sum(among == color)) for color in (CLEAR, WHITE, BLACK)}
        most = max(counts, key=lambda color: counts[color])
        if counts[most]:
            return most
    return None


def _is_line(mask: NDArray[np.bool_]) -> bool:
    """Whether next to nothing of the box around an area is filled."""
    import numpy as np

    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    around = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return bool(around.mean() < OUTLINE)


def _box(mask: NDArray[np.bool_]) -> tuple[Rect, float]:
    """The box around an area, in cells of the grid, and which share of it the area fills. Specks do not widen it."""
    import numpy as np

    def extent(counts: NDArray[np.int64]) -> tuple[int, int]:
        within = np.flatnonzero(counts >= max(1.0, SPECK * counts.max()))
        return int(within[0]), int(within[-1]) + 1

    top, bottom = extent(mask.sum(axis=1))
    left, right = extent(mask.sum(axis=0))
    height, width = mask.shape
    share = float(mask[top:bottom, left:right].mean())
    return Rect(*_cells(top, bottom, height), *_cells(left, right, width)), share


def mask_on_grid(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(height, width) of a picture → (90, 90): each cell is as the pixel under its centre."""
    import numpy as np

    rows, columns = ((np.arange(GRID) * 2 + 1) * side // (2 * GRID) for side in mask.shape)
    on_grid: NDArray[np.bool_] = mask[rows[:, None], columns]
    return on_grid


def _cells(start: int, end: int, of: int) -> tuple[int, int]:
    """From and to in cells, at least one."""
    first = min(round(start * GRID / of), GRID - 1)
    return first, max(first + 1, round(end * GRID / of))
