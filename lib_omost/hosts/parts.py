"""A part of a picture that is drawn anew: which pixels, on what they lie, and over how many both are blended."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lib_omost.canvas import GRID, Canvas, Rect, draft_image
from lib_omost.canvas.chosen import box_of, pixels_of, regions_named
from lib_omost.canvas.draft import MAX_SIDE, require_size
from lib_omost.errors import BadInputError

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP")
SIGMAS = 2.5  # a slope as steep as that of a blurred step in its middle is so many times its σ long
SEAM = 1 / 32  # of a side: how far what is drawn around a picture reaches into it, where both are blended
SIMILAR = 1.5  # cells: an old picture whose size is that near to its place's stays as it is, to the pixel


@dataclass(frozen=True, eq=False)
class Part:
    """picture: all of it, RGB. inside: (H, W) bool, what is drawn of it. blur: σ in pixels of the mask's edge, None as
    whoever draws it is used to."""

    picture: Image.Image
    inside: NDArray[np.bool_]
    blur: int | None = None


def part_of(canvas: Canvas, name: str, picture: Image.Image) -> Part:
    """Regions of a finished picture, as `regions_named` finds them, by their masks and their edges.

    Raises BadInputError as that does, and for a picture that is too large.
    """
    regions = regions_named(canvas, name)
    width, height = picture.size
    _require_drawable(width, height)
    slope = max(region.edge for region in regions) * (width + height) / 2 / GRID
    blur = max(1, round(slope / SIGMAS)) if slope else None
    return Part(picture.convert("RGB"), pixels_of(regions, width, height), blur)


def part_around(canvas: Canvas, picture: Image.Image, place: Rect, size: tuple[int, int], name: str = "") -> Part:
    """All but a picture that lies on `place` of the canvas, and a seam within it; regions by `name` are drawn too.

    size: of the whole, in pixels. What is around the old picture begins as the canvas's draft.
    Raises BadInputError as `regions_named` does, and for a whole that is too large.
    """
    width, height = size
    _require_drawable(width, height)
    whole, box = _framed(canvas, picture.convert("RGB"), box_of(place, width, height), size)
    seam = max(1, round(min(width, height) * SEAM))
    inside = np.ones((height, width), bool)
    left, top, right, bottom = box
    rows, columns = (
        slice(low + seam * (low > 0), max(0, high - seam * (high < most)))
        for low, high, most in ((top, bottom, height), (left, right, width))
    )
    inside[rows, columns] = False
    part = Part(whole, inside, max(1, round(seam / SIGMAS / 2)))
    if not name.strip():
        return part
    return replace(part, inside=inside | pixels_of(regions_named(canvas, name), width, height))


def size_around(picture: Image.Image, place: Rect, multiple: int = 8) -> tuple[int, int]:
    """Width and height of the whole in which a picture on `place` keeps its size, to multiples of so many pixels.

    Raises BadInputError where that is too large to be drawn.
    """
    sides = ((picture.width, place.right - place.left), (picture.height, place.bottom - place.top))
    width, height = (max(1, round(side * GRID / cells / multiple)) * multiple for side, cells in sides)
    _require_drawable(width, height)
    return width, height


def _require_drawable(width: int, height: int) -> None:
    try:
        require_size(width, height)
    except ValueError as error:
        hint = f"at most {MAX_SIDE} a side: make the picture smaller, or its place larger"
        raise BadInputError(f"a picture of {width} × {height} pixels is too large", hint=hint) from error


def opened(file: bytes) -> Image.Image:
    """A picture's file, RGB. Raises BadInputError for what is none, or too large to be drawn."""
    import warnings

    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(file), formats=FORMATS) as image:
                require_size(*image.size)
                picture: Image.Image = image.convert("RGB")
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError) as error:
        hint = "choose a PNG, JPEG or WebP file of at most 8192 pixels a side"
        raise BadInputError("this is no picture that can be read", hint=hint) from error
    return picture


def mask_of(part: Part) -> Image.Image:
    """White is drawn."""
    from PIL import Image

    return Image.fromarray(part.inside.astype(np.uint8) * 255)


def _framed(
    canvas: Canvas, old: Image.Image, box: tuple[int, int, int, int], size: tuple[int, int]
) -> tuple[Image.Image, tuple[int, int, int, int]]:
    """The old picture on the draft, and its box in pixels; it is resized where its place has another size."""
    from PIL import Image

    (left, top, right, bottom), (width, height) = box, size
    off = max(abs(old.width - (right - left)) / width, abs(old.height - (bottom - top)) / height) * GRID
    if off > SIMILAR or old.width > width or old.height > height:
        old = old.resize((right - left, bottom - top), Image.Resampling.LANCZOS)
    left, top = min(left, width - old.width), min(top, height - old.height)
    whole = Image.fromarray(draft_image(canvas, width, height, blurred=True))
    whole.paste(old, (left, top))
    return whole, (left, top, left + old.width, top + old.height)
