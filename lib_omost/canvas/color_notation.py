"""Red, green and blue of colours in numbers, as CSS (Color Module Level 4 and 5) and other programs write them."""

from __future__ import annotations

import colorsys
import math
import re
from collections.abc import Callable, Sequence

from lib_omost.canvas.color_spaces import SPACES, mixed
from lib_omost.canvas.colors import COLORS

LONGEST = 200  # characters of a notation
MOST_MIXED = 3  # mixtures within mixtures

_NUMBER = r"[+-]?(?:\d{1,6}(?:\.\d{0,12})?|\.\d{1,12})(?:e[+-]?\d{1,2})?"
_PARTS = re.compile(rf"({_NUMBER}|none)(%|deg|°|turn|grad|rad)?")
_FUNCTION = re.compile(r"(?:\w{1,20}\.)?([a-z][a-z0-9-]{1,14}?)\s*\((.*?)\)?", re.DOTALL)
_MIX = re.compile(r"color-mix\(\s*in\s+([a-z0-9-]+)(?:\s+[a-z]+\s+hue)?\s*,(.*?)\)?", re.DOTALL)
_PERCENT = re.compile(r"(?:^|\s)(\d{1,3}(?:\.\d{1,6})?)%\s*$|^\s*(\d{1,3}(?:\.\d{1,6})?)%\s")
_TRIPLE = re.compile(
    rf"[(\[{{]{{0,2}}\s*({_NUMBER})[\s,;]+({_NUMBER})[\s,;]+({_NUMBER})\s*(?:[,;][\d\s.]*)?[)\]}}]{{0,2}}"
)
_HEX = re.compile(r"\\?(?:#|0x|&h)?([0-9a-f]{6})(?:[0-9a-f]{2})?|#([0-9a-f]{3})[0-9a-f]?")
_ALPHA_FIRST = re.compile(r"0x[0-9a-f]{2}([0-9a-f]{6})")  # as Android and Flutter write it
_TURN = {"turn": 1.0, "grad": 400.0, "rad": 2 * math.pi}  # one full turn in a hue's unit; 360 degrees else
_ALSO = {"hsb": "hsv", "devicecmyk": "cmyk", "color3": "color", "qcolor": "color", "hls": "hsl"}

RGB = tuple[float, ...]
Part = tuple[float, str]  # a number and its unit


def read_notation(text: str, depth: int = 0) -> RGB | None:
    """Red, green and blue, 0…255 and beyond, of a colour in numbers, in lower case; None for anything else."""
    if (match := _ALPHA_FIRST.fullmatch(text)) and not (text.endswith("ff") and not text.startswith("0xff")):
        return tuple(bytes.fromhex(match[1]))
    if match := _HEX.fullmatch(text):
        digits = match[1] or "".join(digit * 2 for digit in match[2])
        return tuple(bytes.fromhex(digits))
    if match := _TRIPLE.fullmatch(text):
        return scaled([float(value) for value in match.groups()], are_shares="." in text)
    if match := _MIX.fullmatch(text):
        return _mix(match[1], match[2], depth)
    match = _FUNCTION.fullmatch(text)
    return None if match is None else _of_function(match[1], match[2])


def scaled(values: Sequence[float], *, are_shares: bool) -> RGB:
    """Three numbers of 0…255; of 0…1 where none is more and they may be shares, which are written with a point."""
    return tuple(value * 255 for value in values) if are_shares and max(values) <= 1 else tuple(values)


def _of_function(name: str, inside: str) -> RGB | None:
    name = name.replace("-", "")
    name = name if name in _FUNCTIONS else name.removesuffix("a")
    name = _ALSO.get(name, name)
    space, _, numbers = inside.strip().partition(" ")
    if name == "color" and space in SPACES:
        name, inside = space, numbers
    read = _FUNCTIONS.get(name)
    parts = [(0.0 if number == "none" else float(number), unit) for number, unit in _PARTS.findall(inside)]
    are_shares = "." in inside and not any(unit for _, unit in parts[:3])
    if (
        read is None
        or len(parts) < (4 if name == "cmyk" else 3)
        or re.search(r"[^\d\s,/.%+e°\-degturnado\[\]()]", inside)
    ):
        return None
    rgb = read(parts)
    return scaled(rgb, are_shares=are_shares) if read is _rgb else rgb


def _rgb(parts: Sequence[Part]) -> RGB:
    return tuple(value / 100 * 255 if unit == "%" else value for value, unit in parts[:3])


def _cmyk(parts: Sequence[Part]) -> RGB:
    shares = [value / 100 if unit == "%" else value for value, unit in parts[:4]]
    if max(shares) > 1:
        shares = [value / 100 for value in shares]
    *inks, black = shares
    return tuple(255 * (1 - min(1.0, ink * (1 - black) + black)) for ink in inks)


def _hue(part: Part) -> float:
    """A hue in turns."""
    return (part[0] / _TURN.get(part[1], 360)) % 1


def _share(part: Part) -> float:
    return max(0.0, min(1.0, part[0] / 100))


def _of_hue(convert: Callable[[float, float, float], tuple[float, float, float]]) -> Callable[[Sequence[Part]], RGB]:
    def read(parts: Sequence[Part]) -> RGB:
        return tuple(255 * channel for channel in convert(_hue(parts[0]), _share(parts[1]), _share(parts[2])))

    return read


def _hsl(hue: float, saturation: float, light: float) -> tuple[float, float, float]:
    return colorsys.hls_to_rgb(hue, light, saturation)


def _hwb(hue: float, white: float, black: float) -> tuple[float, float, float]:
    if white + black > 1:
        white, black = white / (white + black), black / (white + black)
    red, green, blue = (channel * (1 - white - black) + white for channel in colorsys.hls_to_rgb(hue, 0.5, 1.0))
    return red, green, blue


def _in_space(name: str, full: tuple[float, float, float]) -> Callable[[Sequence[Part]], RGB]:
    """A colour of a space; `full` is what 100 % of each number is there, 360 that of a hue."""

    def read(parts: Sequence[Part]) -> RGB:
        values = []
        for part, most in zip(parts, full, strict=False):
            if most == 360:
                values.append(_hue(part) * 360)
            else:
                values.append(part[0] / 100 * most if part[1] == "%" else part[0])
        return tuple(255 * channel for channel in SPACES[name].to_rgb(values))

    return read


_FUNCTIONS: dict[str, Callable[[Sequence[Part]], RGB]] = {
    "rgb": _rgb,
    "color": _rgb,
    "array": _rgb,
    "cmyk": _cmyk,
    "hsl": _of_hue(_hsl),
    "hsv": _of_hue(colorsys.hsv_to_rgb),
    "hwb": _of_hue(_hwb),
    "lab": _in_space("lab", (100, 125, 125)),
    "lch": _in_space("lch", (100, 150, 360)),
    "oklab": _in_space("oklab", (1, 0.4, 0.4)),
    "oklch": _in_space("oklch", (1, 0.4, 360)),
    **{name: _in_space(name, (1, 1, 1)) for name in ("srgb", "srgb-linear", "display-p3", "xyz", "xyz-d65")},
}


def _mix(space: str, inside: str, depth: int) -> RGB | None:
    """`color-mix(in space, one 30%, other)`: what is not written of the shares is half, or the rest."""
    colors = re.split(r",(?![^(]*\))", inside)
    if len(colors) != 2 or space not in SPACES or depth >= MOST_MIXED:
        return None
    found: list[RGB] = []
    shares: list[float | None] = []
    for color in colors:
        share = _PERCENT.search(color)
        words = _PERCENT.sub("", color, count=1).strip() if share else color.strip()
        rgb: RGB | None = COLORS.get(words) or read_notation(words, depth + 1)
        if rgb is None:
            return None
        found.append(rgb)
        shares.append(None if share is None else float(share[1] or share[2]) / 100)
    first, second = shares
    if first is None:
        first = 0.5 if second is None else 1 - second
    second = 1 - first if second is None else second
    if first + second <= 0:
        return None
    channels = mixed(SPACES[space], [[value / 255 for value in rgb] for rgb in found], first / (first + second))
    return tuple(255 * channel for channel in channels)
