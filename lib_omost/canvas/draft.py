"""The draft: the canvas as layers of flat colour, for people to look at and as the sampler's start.

Source: the Omost readme, "Parameter: distance_to_viewer and HTML_web_color_name". Only the functions import NumPy, so
that reading a canvas does not wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lib_omost.canvas.cells import cells_of
from lib_omost.canvas.model import Canvas
from lib_omost.canvas.vocabulary import GRID

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OPACITY = 0.7  # of a layer
BEHIND = 0.3  # of what lies behind it; 1 - 0.7 would not be 0.3 in binary
BLUR_RADIUS = 40  # cells; the box is 2 · 40 + 1 cells wide
MAX_SIDE = 8192  # pixels
_STRIP = 64  # rows that are interpolated at once: what is computed with stays small beside the picture itself


def draft_grid(canvas: Canvas) -> NDArray[np.uint8]:
    """Paint the regions over the global colour, far to near: (90, 90, 3), red, green and blue of every cell.

    A layer paints 0.7 × its colour + 0.3 × what is there; the sum is truncated once, at the end.
    """
    import numpy as np

    picture = np.empty((GRID, GRID, 3), np.float32)
    picture[:] = canvas.rgb
    for region in canvas.far_to_near():
        cells = cells_of(region)
        behind = picture[cells]
        # float64 for the layer and float32 for what is behind it, as in Omost: truncation would show a difference
        picture[cells] = OPACITY * np.asarray(region.rgb, np.float64) + BEHIND * behind
    grid: NDArray[np.uint8] = picture.clip(0, 255).astype(np.uint8)
    return grid


def draft_image(canvas: Canvas, width: int, height: int, *, blurred: bool) -> NDArray[np.uint8]:
    """The draft as a picture: (height, width, 3), red, green and blue of every pixel.

    Sharp, for people: each pixel takes the colour of the cell under its centre. Blurred, for the initial latent: every
    cell becomes the average of the 81 × 81 cells around it (the grid is reflected at its edges), and pixels are
    interpolated bilinearly between the centres of the cells, constant beyond the outermost ones.

    Beside the picture's bytes it takes some megabytes of memory, whatever the size.

    Raises ValueError when `width` or `height` is not 1 to 8192.
    """
    import numpy as np

    require_size(width, height)
    grid = draft_grid(canvas)
    if not blurred:
        sharp: NDArray[np.uint8] = grid[cells_below(height)[:, None], cells_below(width)]
        return sharp
    # Both steps are linear in each axis, so one (pixels, cells) matrix an axis does them together.
    down = _interpolation(height) @ _box_blur()
    across = _interpolation(width) @ _box_blur()
    columns = np.einsum("wx,yxc->ywc", across, grid.astype(np.float64), optimize=True).reshape(GRID, width * 3)
    blurry = np.empty((height, width * 3), np.uint8)
    for top in range(0, height, _STRIP):
        strip = down[top : top + _STRIP] @ columns
        blurry[top : top + _STRIP] = np.rint(strip, out=strip).clip(0, 255, out=strip)
    return blurry.reshape(height, width, 3)


def require_size(width: int, height: int) -> None:
    """Raises ValueError when a side is not 1 to 8192."""
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise ValueError(f"a draft of {width} × {height} pixels cannot be drawn")


def cells_below(pixels: int) -> NDArray[np.int64]:
    """(pixels,): the cell below the centre of each pixel along a side."""
    import numpy as np

    cells: NDArray[np.int64] = (np.arange(pixels) * 2 + 1) * GRID // (2 * pixels)
    return cells


def _box_blur() -> NDArray[np.float64]:
    """(90, 90): row i averages the cells i - 40 … i + 40, reflected without repeating the edge cell."""
    import numpy as np

    cells = np.pad(np.arange(GRID), BLUR_RADIUS, mode="reflect")
    matrix = np.zeros((GRID, GRID))
    for row in range(GRID):
        np.add.at(matrix[row], cells[row : row + 2 * BLUR_RADIUS + 1], 1.0)
    return matrix / (2 * BLUR_RADIUS + 1)


def _interpolation(pixels: int) -> NDArray[np.float64]:
    """(pixels, 90): row i holds the weights of the two cells whose centres are nearest to the centre of pixel i."""
    import numpy as np

    position = ((np.arange(pixels) + 0.5) * GRID / pixels - 0.5).clip(0, GRID - 1)
    below = np.minimum(position.astype(np.int64), GRID - 2)
    matrix = np.zeros((pixels, GRID))
    rows = np.arange(pixels)
    matrix[rows, below] = below + 1 - position
    matrix[rows, below + 1] = position - below
    return matrix
