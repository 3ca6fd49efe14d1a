"""A picture of the mini checkpoint compared with its canvas by colours and outlines, where no model has eyes for it."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import numpy as np

from lib_omost.bench.obedience import InBox, seen_in
from lib_omost.bench.things import Mask
from lib_omost.canvas import COLORS, GRID, Canvas, Region
from lib_omost.canvas.cells import cells_of
from lib_omost.chat.sight.checking import Amiss
from lib_omost.compose.words import color_of, plain, singular
from lib_omost.errors import BadInputError
from lib_omost.mini.scenes import OBJECT_COLORS, SHAPES, Image, phrase
from lib_omost.pictures.small import small_png

NOT_DRAWN = "the mini checkpoint draws no such thing"
NOTHING = "nothing"
_LARGEST = 0.6  # of the picture: what has so much does not gain by more
_LEAST_CROWD = 0.3  # of a region, over another one: more room would be the other's


def check_by_colors(image: Image, canvas: Canvas) -> tuple[Amiss, ...]:
    """The regions whose boxes do not show what their words say, judged as `bench regions` does; (H, W, 3).

    A region without a word for a colour is to be in its own; without one for a shape, any will do.
    Raises BadInputError when the canvas has no regions.
    """
    if not canvas.regions:
        raise BadInputError("the canvas has no regions that could be looked for", hint="add some first")
    seen = seen_in(image)
    amiss = []
    for number, region in enumerate(canvas.regions, 1):
        own = _cells(region)
        found = seen.within(region.rect, own if region.mask is not None else None)
        if words := _wrong(region, found):
            others = [_cells(other) for other in canvas.regions if other is not region]
            amiss.append(Amiss(number, words, "" if words == NOT_DRAWN else _change(region, others)))
    return tuple(amiss)


def pixels_in(file: bytes) -> Image:
    """The pixels of a picture's file, (H, W, 3). Raises BadInputError when it cannot be read or is too large."""
    from PIL import Image as PILImage

    with PILImage.open(io.BytesIO(small_png(file))) as image:
        return np.asarray(image)


def _wrong(region: Region, found: InBox) -> str:
    """What is in the region's place, or why it cannot be; "" where it is what its words say."""
    words = " ".join(filter(None, (region.description, region.tags)))
    said, shape = color_of(words), _shape(words)
    if said is None and shape is None:
        return NOT_DRAWN
    color = nearest_color(said or region.color_name)
    return "" if found.color == color and shape in (None, found.shape) else _in_words(found)


def nearest_color(name: str) -> str:
    """The colour of things in the checkpoint's world that is nearest to one of HTML's, in RGB."""
    wanted = np.array(COLORS[name], np.float64)
    return min(OBJECT_COLORS, key=lambda each: float(np.square(wanted - OBJECT_COLORS[each]).sum()))


def _shape(words: str) -> str | None:
    return next((shape for word in re.findall(r"[a-z]+", words.lower()) if (shape := singular(word)) in SHAPES), None)


def _in_words(found: InBox) -> str:
    if found.color is None:
        return NOTHING
    return phrase(found.color, found.shape) if found.shape else f"something {found.color}"


def _cells(region: Region) -> Mask:
    """(90, 90): which cells are the region's."""
    cells = np.zeros((GRID, GRID), bool)
    cells[cells_of(region)] = True
    return cells


def _change(region: Region, others: Sequence[Mask]) -> str:
    """More room, since small boxes fail more often; "" for what has much or lies over another: another seed is due."""
    own = _cells(region)
    if own.mean() > _LARGEST or any((own & other).sum() > _LEAST_CROWD * own.sum() for other in others):
        return ""
    return f"make the {plain(region.description) or plain(region.tags)} larger"
