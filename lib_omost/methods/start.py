"""Start: a picture of the canvas that sampling begins from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lib_omost.canvas import Canvas, draft_image

Paint = Callable[[Canvas, int, int], NDArray[np.uint8]]


def blurred_draft(canvas: Canvas, width: int, height: int) -> NDArray[np.uint8]:
    """(height, width, 3): the regions' colours, far to near, with soft edges."""
    return draft_image(canvas, width, height, blurred=True)


@dataclass(frozen=True)
class Start:
    """A picture of the canvas, noised to the share `denoise` of the noise schedule (over 0, at most 1).

    paint: the canvas, and width and height in pixels → the picture, (height, width, 3) in 0…255.
    """

    denoise: float
    paint: Paint = blurred_draft
