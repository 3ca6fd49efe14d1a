"""Spaces of colours to and from sRGB, by the matrices of CSS Color Module Level 4 ("Sample code").

Oklab is Björn Ottosson's; Lab has the white of D50, the others that of D65.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Vector = list[float]
Matrix = tuple[tuple[float, float, float], ...]

_XYZ_OF_RGB: Matrix = (
    (506752 / 1228815, 87881 / 245763, 12673 / 70218),
    (87098 / 409605, 175762 / 245763, 12673 / 175545),
    (7918 / 409605, 87881 / 737289, 1001167 / 1053270),
)
_RGB_OF_XYZ: Matrix = (
    (12831 / 3959, -329 / 214, -1974 / 3959),
    (-851781 / 878810, 1648619 / 878810, 36519 / 878810),
    (705 / 12673, -2585 / 12673, 705 / 667),
)
_XYZ_OF_P3: Matrix = (
    (608311 / 1250200, 189793 / 714400, 198249 / 1000160),
    (35783 / 156275, 247089 / 357200, 198249 / 2500400),
    (0, 32229 / 714400, 5220557 / 5000800),
)
_P3_OF_XYZ: Matrix = (
    (446124 / 178915, -333277 / 357830, -72051 / 178915),
    (-14852 / 17905, 63121 / 35810, 423 / 17905),
    (11844 / 330415, -50337 / 660830, 316169 / 330415),
)
_D50_OF_D65: Matrix = (  # Bradford's adaptation
    (1.0479297925449969, 0.022946870601609652, -0.05019226628920524),
    (0.02962780877005599, 0.9904344267538799, -0.017073799063418826),
    (-0.009243040646204504, 0.015055191490298152, 0.7518742814281371),
)
_D65_OF_D50: Matrix = (
    (0.955473421488075, -0.02309845494876471, 0.06325924320057072),
    (-0.0283697093338637, 1.0099953980813041, 0.021041441191917323),
    (0.012314014864481998, -0.020507649298898964, 1.330365926242124),
)
_LMS_OF_XYZ: Matrix = (
    (0.8190224379967030, 0.3619062600528904, -0.1288737815209879),
    (0.0329836539323885, 0.9292868615863434, 0.0361446663506424),
    (0.0481771893596242, 0.2642395317527308, 0.6335478284694309),
)
_XYZ_OF_LMS: Matrix = (
    (1.2268798758459243, -0.5578149944602171, 0.2813910456659647),
    (-0.0405757452148008, 1.1122868032803170, -0.0717110580655164),
    (-0.0763729366746601, -0.4214933324022432, 1.5869240198367816),
)
_OKLAB_OF_LMS: Matrix = (
    (0.2104542683093140, 0.7936177747023054, -0.0040720430116193),
    (1.9779985324311684, -2.4285922420485799, 0.4505937096174110),
    (0.0259040424655478, 0.7827717124575296, -0.8086757549230774),
)
_LMS_OF_OKLAB: Matrix = (
    (1.0, 0.3963377773761749, 0.2158037573099136),
    (1.0, -0.1055613458156586, -0.0638541728258133),
    (1.0, -0.0894841775298119, -1.2914855480194092),
)
_D50 = (0.3457 / 0.3585, 1.0, (1 - 0.3457 - 0.3585) / 0.3585)
_EPSILON, _KAPPA = 216 / 24389, 24389 / 27
GRAY = 2e-4  # of a colour's chroma over its full one: below that its hue says nothing


def _times(matrix: Matrix, vector: Sequence[float]) -> Vector:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def _root(value: float) -> float:
    return math.copysign(abs(value) ** (1 / 3), value)


def _linear(channel: float) -> float:
    size = abs(channel)
    return math.copysign(size / 12.92 if size <= 0.04045 else ((size + 0.055) / 1.055) ** 2.4, channel)


def _curved(channel: float) -> float:
    size = abs(channel)
    return math.copysign(12.92 * size if size <= 0.0031308 else 1.055 * size ** (1 / 2.4) - 0.055, channel)


def _xyz_of(rgb: Sequence[float]) -> Vector:
    return _times(_XYZ_OF_RGB, [_linear(channel) for channel in rgb])


def _of_xyz(xyz: Sequence[float]) -> Vector:
    return [_curved(channel) for channel in _times(_RGB_OF_XYZ, xyz)]


def _lab_of(rgb: Sequence[float]) -> Vector:
    shares = [value / white for value, white in zip(_times(_D50_OF_D65, _xyz_of(rgb)), _D50, strict=True)]
    x, y, z = (_root(share) if share > _EPSILON else (_KAPPA * share + 16) / 116 for share in shares)
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]


def _of_lab(lab: Sequence[float]) -> Vector:
    light, a, b = lab
    y = (light + 16) / 116
    x, z = a / 500 + y, y - b / 200
    shares = [
        x**3 if x**3 > _EPSILON else (116 * x - 16) / _KAPPA,
        y**3 if light > _KAPPA * _EPSILON else light / _KAPPA,
        z**3 if z**3 > _EPSILON else (116 * z - 16) / _KAPPA,
    ]
    return _of_xyz(_times(_D65_OF_D50, [share * white for share, white in zip(shares, _D50, strict=True)]))


def _oklab_of(rgb: Sequence[float]) -> Vector:
    return _times(_OKLAB_OF_LMS, [_root(value) for value in _times(_LMS_OF_XYZ, _xyz_of(rgb))])


def _of_oklab(oklab: Sequence[float]) -> Vector:
    return _of_xyz(_times(_XYZ_OF_LMS, [value**3 for value in _times(_LMS_OF_OKLAB, oklab)]))


def _polar(vector: Sequence[float]) -> Vector:
    light, a, b = vector
    return [light, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360]


def _rectangular(vector: Sequence[float]) -> Vector:
    light, chroma, hue = vector
    return [light, chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))]


@dataclass(frozen=True)
class Space:
    """One space: `to_rgb` and `of_rgb` are between it and sRGB's channels, 0…1.

    `full` is a strong chroma, where the third number is a hue, in degrees; 0 where it is none.
    """

    to_rgb: Callable[[Sequence[float]], Vector]
    of_rgb: Callable[[Sequence[float]], Vector]
    full: float = 0.0


SPACES = {
    "srgb": Space(list, list),
    "srgb-linear": Space(lambda v: [_curved(one) for one in v], lambda v: [_linear(one) for one in v]),
    "display-p3": Space(
        lambda v: _of_xyz(_times(_XYZ_OF_P3, [_linear(one) for one in v])),
        lambda v: [_curved(one) for one in _times(_P3_OF_XYZ, _xyz_of(v))],
    ),
    "xyz": Space(_of_xyz, _xyz_of),
    "xyz-d65": Space(_of_xyz, _xyz_of),
    "lab": Space(_of_lab, _lab_of),
    "oklab": Space(_of_oklab, _oklab_of),
    "lch": Space(lambda v: _of_lab(_rectangular(v)), lambda v: _polar(_lab_of(v)), 150),
    "oklch": Space(lambda v: _of_oklab(_rectangular(v)), lambda v: _polar(_oklab_of(v)), 0.4),
}


def mixed(space: Space, colors: Sequence[Sequence[float]], share: float) -> Vector:
    """sRGB's channels of a mixture of two: `share` of the first. Hues go the shorter way; gray takes the other's."""
    one, other = (space.of_rgb(color) for color in colors)
    if space.full:
        if one[1] < GRAY * space.full:
            one[2] = other[2]
        if other[1] < GRAY * space.full:
            other[2] = one[2]
        other[2] = one[2] + (other[2] - one[2] + 180) % 360 - 180
    return space.to_rgb([a * share + b * (1 - share) for a, b in zip(one, other, strict=True)])
