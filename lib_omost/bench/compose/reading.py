"""A picture of the mini checkpoint's world read back as a canvas: each coloured shape in it is a region.

It stands in for a vision model where the picture can only show coloured shapes on a plain background.
"""

from __future__ import annotations

import numpy as np

from lib_omost.bench.obedience import NAMES, nearest_colors
from lib_omost.bench.things import Mask, opened, pieces, shape_of
from lib_omost.canvas import GRID, Canvas, Rect, Region
from lib_omost.mini.scenes import (
    BACKGROUND_COLORS,
    OBJECT_COLORS,
    Image,
    background_phrase,
    phrase,
)

LEAST = 0.01  # of the picture: what covers less is no thing


def read_picture(image: Image) -> Canvas:
    """The background and the shapes of a picture (H, W, 3), by nearest colours of the palette; the largest first."""
    nearest = nearest_colors(image)
    behind = [int((nearest == NAMES.index(name)).sum()) for name in BACKGROUND_COLORS]
    background = list(BACKGROUND_COLORS)[int(np.argmax(behind))]
    found = [
        (int(piece.sum()), _region(piece, color))
        for color in OBJECT_COLORS
        for piece in pieces(opened(nearest == NAMES.index(color)))
        if piece.sum() >= LEAST * nearest.size
    ]
    regions = tuple(region for _, region in sorted(found, key=lambda one: -one[0]))
    return Canvas(background_phrase(background), color_name=background, regions=regions)


def _region(piece: Mask, color: str) -> Region:
    height, width = piece.shape
    rows, columns = np.flatnonzero(piece.any(1)), np.flatnonzero(piece.any(0))
    rect = Rect(
        int(rows[0] * GRID / height),
        int(np.ceil((rows[-1] + 1) * GRID / height)),
        int(columns[0] * GRID / width),
        int(np.ceil((columns[-1] + 1) * GRID / width)),
    )
    words = phrase(color, shape_of(piece)).capitalize() + "."
    return Region(
        location="in the center",
        offset="no offset",
        area="a small square area",
        distance_to_viewer=5.0,
        description=words,
        color_name=color,
        free_rect=rect,
    )
