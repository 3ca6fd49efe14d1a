"""How near the layers are, as a depth map for a ControlNet: near is white, the whole picture behind them black.

The values are those of inverse depth, as MiDaS gives it to "ControlNet depth": half as near is half as light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lib_omost.canvas.cells import cells_of
from lib_omost.canvas.draft import cells_below, require_size
from lib_omost.canvas.model import Canvas
from lib_omost.canvas.vocabulary import GRID

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WHITE = 255


def depth_map(canvas: Canvas, width: int, height: int) -> NDArray[np.uint8]:
    """(height, width): each pixel is as light as the region that is seen there, painted far to near, is near.

    The nearest region is white, others 255 × its distance / theirs; one that is nearer by ever so little is lighter.
    Raises ValueError when `width` or `height` is not 1 to 8192.
    """
    import numpy as np

    require_size(width, height)
    light = _lightness([region.distance_to_viewer for region in canvas.regions])
    grid = np.zeros((GRID, GRID), np.uint8)
    for region in canvas.far_to_near():
        grid[cells_of(region)] = light[region.distance_to_viewer]
    picture: NDArray[np.uint8] = grid[cells_below(height)[:, None], cells_below(width)]
    return picture


def _lightness(distances: list[float]) -> dict[float, int]:
    """1 to 255 for each distance: another for each, so long as there are no more than 255."""
    near_to_far = sorted(set(distances))
    found: dict[float, int] = {}
    before = WHITE + 1
    for number, distance in enumerate(near_to_far):
        farther = len(near_to_far) - 1 - number  # they want a value of their own, too
        before = max(min(round(WHITE * (near_to_far[0] / distance)), before - 1), 1 + farther)
        found[distance] = before
    return found
