"""Layers: each region drawn alone as a picture with alpha, and laid over the others from far to near.

As layer-wise drawing has it (LayerDiffuse, Zhang and Agrawala 2024, arXiv 2402.17113; MuLan, Li et al. 2024, arXiv
2402.12741): what a model draws on nothing cannot mix with its neighbours. Whether light and shadow of the layers fit
each other nothing sees to. What is drawn of a layer is cut out and fitted into its region's box.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from lib_omost.canvas import WHOLE_GRID, Canvas, Region
from lib_omost.canvas.vocabulary import GRID

MULTIPLE = 64  # of a layer's sides in pixels: what reads its alpha halves it six times
_VISIBLE = 13  # of 255: less alpha than that is no part of what is cut out


@dataclass(frozen=True)
class Layers:
    """longest: a layer's longer side over its shorter one, at most; a box beyond that is filled as far as it goes."""

    longest: float = 2.0

    def size(self, region: Region, width: int, height: int) -> tuple[int, int]:
        """Width and height that the layer is drawn in: the area of the whole picture in the form of its box."""
        _, _, wide, high = box_in(region, width, height)
        form = min(self.longest, max(1 / self.longest, wide / high))
        area = width * height
        return _side((area * form) ** 0.5), _side((area / form) ** 0.5)


def background_of(canvas: Canvas) -> Canvas:
    """What lies behind all layers: the words of the whole picture alone."""
    return replace(canvas, regions=())


def layers_of(canvas: Canvas) -> tuple[Region, ...]:
    """Far to near, those that count."""
    return tuple(region for region in canvas.far_to_near() if region.weight)


def alone(region: Region) -> Canvas:
    """A canvas of one region's words, with its LoRA, for the whole of a layer."""
    plain = replace(
        region, free_rect=WHOLE_GRID, mask=None, negative="", weight=1.0, edge=0.0, reference=None, color_name="gray"
    )
    return Canvas("", regions=(plain,))


def seed_of(seed: int, number: int) -> int:
    """That of the n-th layer, from 0, of a picture: another one in each, by the picture's alone."""
    return (seed + 1_000_003 * (number + 1)) % 2**63


def box_in(region: Region, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, width and height of its box in pixels, one at least."""
    top, bottom, left, right = region.rect
    x, y = round(left * width / GRID), round(top * height / GRID)
    return x, y, max(1, round(right * width / GRID) - x), max(1, round(bottom * height / GRID) - y)


def placed(layer: Image.Image, region: Region, width: int, height: int) -> Image.Image:
    """A layer (RGBA) cut out, fitted into the middle of its box on a picture of nothing, and within its mask."""
    picture = Image.new("RGBA", (width, height))
    visible = np.asarray(layer)[..., 3] >= _VISIBLE
    if not visible.any():
        return picture
    rows, columns = np.flatnonzero(visible.any(1)), np.flatnonzero(visible.any(0))
    cut = layer.crop((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1))
    x, y, wide, high = box_in(region, width, height)
    scale = min(wide / cut.width, high / cut.height)
    size = max(1, round(cut.width * scale)), max(1, round(cut.height * scale))
    fitted = cut.convert("RGBa").resize(size, Image.Resampling.LANCZOS).convert("RGBA")  # no colour of what is clear
    picture.paste(fitted, (x + (wide - size[0]) // 2, y + (high - size[1]) // 2))
    return picture if region.cells is None else _within(picture, region.cells)


def composed(background: Image.Image, layers: Iterable[Image.Image]) -> Image.Image:
    """The layers (RGBA) laid over the background (RGB), the first one lowest."""
    picture = background.convert("RGBA")
    for layer in layers:
        picture = Image.alpha_composite(picture, layer)
    return picture.convert("RGB")


def _within(picture: Image.Image, cells: Sequence[int]) -> Image.Image:
    """The same, clear outside of the cells."""
    inside = np.array([[row >> x & 1 for x in range(GRID)] for row in cells], np.uint8) * 255
    mask = Image.fromarray(inside).resize(picture.size, Image.Resampling.NEAREST)
    pixels = np.array(picture)
    pixels[..., 3] = np.minimum(pixels[..., 3], np.asarray(mask))
    return Image.fromarray(pixels)


def _side(pixels: float) -> int:
    return max(1, round(pixels / MULTIPLE)) * MULTIPLE
