"""Colours as people name them, by hue, saturation and value: photographs have shades where palettes have one RGB."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from lib_omost.mini.scenes import Image


@dataclass(frozen=True)
class Shades:
    """Ranges: hue in degrees (from above to, so that red can go over 360), saturation and value in 0…1."""

    hue: tuple[float, float] = (0, 360)
    saturation: tuple[float, float] = (0, 1)
    value: tuple[float, float] = (0, 1)


SHADES = MappingProxyType(
    {
        "red": Shades((340, 15), (0.35, 1), (0.2, 1)),
        "yellow": Shades((40, 70), (0.35, 1), (0.45, 1)),
        "green": Shades((70, 170), (0.2, 1), (0.15, 1)),
        "blue": Shades((185, 265), (0.2, 1), (0.15, 1)),
        "brown": Shades((8, 45), (0.25, 1), (0.15, 0.7)),
        "white": Shades(saturation=(0, 0.18), value=(0.75, 1)),
        "black": Shades(value=(0, 0.22)),
    }
)


def share_of_color(image: Image, color: str) -> float:
    """How much of a picture (H, W, 3) has a colour of SHADES. Raises KeyError for another."""
    shades = SHADES[color]
    hue, saturation, value = _hsv(image)
    first, last = shades.hue
    in_hue = (hue >= first) & (hue <= last) if first <= last else (hue >= first) | (hue <= last)
    return float((in_hue & _within(saturation, shades.saturation) & _within(value, shades.value)).mean())


def _within(values: npt.NDArray[np.floating[Any]], range_: tuple[float, float]) -> npt.NDArray[np.bool_]:
    inside: npt.NDArray[np.bool_] = (values >= range_[0]) & (values <= range_[1])
    return inside


def _hsv(image: Image) -> tuple[npt.NDArray[np.floating[Any]], ...]:
    """Hue in degrees, saturation and value, each (H, W). Source: Smith, "Color Gamut Transform Pairs" (1978)."""
    rgb = image.astype(np.float32) / 255
    value, least = rgb.max(-1), rgb.min(-1)
    chroma = value - least
    safe = np.where(chroma > 0, chroma, 1)
    red, green, blue = (rgb[..., channel] for channel in range(3))
    hue = np.select(
        [value == red, value == green],
        [((green - blue) / safe) % 6, (blue - red) / safe + 2],
        (red - green) / safe + 4,
    )
    return hue * 60, np.where(value > 0, chroma / np.where(value > 0, value, 1), 0), value
