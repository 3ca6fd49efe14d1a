"""Where a region lies on the grid, as an index of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lib_omost.canvas.model import Region
from lib_omost.canvas.vocabulary import GRID

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def cells_of(region: Region) -> tuple[slice, slice] | NDArray[np.bool_]:
    """An index of the first two axes of a (90, 90, …) array: the region's rectangle, or (90, 90) of its mask."""
    cells = region.cells
    if cells is not None:
        return array_of(cells)
    top, bottom, left, right = region.rect
    return slice(top, bottom), slice(left, right)


def array_of(rows: Sequence[int]) -> NDArray[np.bool_]:
    """(rows, 90): bit x of each row is its cell in column x."""
    import numpy as np

    packed = np.frombuffer(b"".join(row.to_bytes(12, "little") for row in rows), np.uint8).reshape(len(rows), 12)
    bits: NDArray[np.bool_] = np.unpackbits(packed, axis=1, bitorder="little")[:, :GRID].astype(bool)
    return bits


def rows_of(array: NDArray[np.bool_]) -> tuple[int, ...]:
    """The way back from (rows, up to 90)."""
    import numpy as np

    packed = np.packbits(array, axis=1, bitorder="little")
    return tuple(int.from_bytes(row.tobytes(), "little") for row in packed)
