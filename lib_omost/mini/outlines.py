"""Signed distances to outlines, negative inside: the alphabet that things are drawn with.

Every function takes x and y (H, W), in half-widths of the thing (y grows down), and gives distances (H, W).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np
import numpy.typing as npt

Grid = npt.NDArray[np.float64]
Outline = Callable[[Grid, Grid], Grid]
Point = tuple[float, float]


def disc(x: float, y: float, radius: float) -> Outline:
    """A filled circle around (x, y)."""
    return lambda gx, gy: np.hypot(gx - x, gy - y) - radius


def oval(x: float, y: float, across: float, down: float, degrees: float = 0.0) -> Outline:
    """A filled ellipse of half-axes `across` and `down`, turned clockwise; the distance is exact at its edge alone."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))

    def distance(gx: Grid, gy: Grid) -> Grid:
        u, v = cos * (gx - x) + sin * (gy - y), cos * (gy - y) - sin * (gx - x)
        level = np.hypot(u / across, v / down)
        slope = np.hypot(u / across**2, v / down**2)
        edge: Grid = np.where(slope > 1e-9, level * (level - 1) / np.maximum(slope, 1e-9), -min(across, down))
        return edge

    return distance


def box(left: float, top: float, right: float, bottom: float) -> Outline:
    """An upright rectangle."""
    x, y = (left + right) / 2, (top + bottom) / 2
    return lambda gx, gy: np.maximum(np.abs(gx - x) - (right - left) / 2, np.abs(gy - y) - (bottom - top) / 2)


def polygon(*points: Point) -> Outline:
    """A simple polygon, its corners in order. Source: Inigo Quilez, "2D distance functions"."""

    def distance(gx: Grid, gy: Grid) -> Grid:
        nearest = np.full(np.broadcast(gx, gy).shape, np.inf)
        outside = np.ones(nearest.shape)
        for (ax, ay), (bx, by) in zip(points, (*points[1:], points[0]), strict=True):
            ex, ey, wx, wy = bx - ax, by - ay, gx - ax, gy - ay
            along = np.clip((wx * ex + wy * ey) / (ex * ex + ey * ey), 0, 1)
            nearest = np.minimum(nearest, np.hypot(wx - ex * along, wy - ey * along))
            above, below, left = gy >= ay, gy < by, ex * wy > ey * wx
            outside = np.where((above & below & left) | (~above & ~below & ~left), -outside, outside)
        signed: Grid = outside * nearest
        return signed

    return distance


def line(start: Point, end: Point, thickness: float) -> Outline:
    """A stroke with round ends, `thickness` from its middle to its edge."""
    (ax, ay), (bx, by) = start, end
    ex, ey = bx - ax, by - ay

    def distance(gx: Grid, gy: Grid) -> Grid:
        along = np.clip(((gx - ax) * ex + (gy - ay) * ey) / (ex * ex + ey * ey), 0, 1)
        return np.hypot(gx - ax - ex * along, gy - ay - ey * along) - thickness

    return distance


def union(*outlines: Outline) -> Outline:
    """All of them together."""
    return lambda x, y: reduce(np.minimum, (outline(x, y) for outline in outlines))


def common(*outlines: Outline) -> Outline:
    """What lies in every one of them."""
    return lambda x, y: reduce(np.maximum, (outline(x, y) for outline in outlines))


def without(whole: Outline, hole: Outline) -> Outline:
    """`whole` but for what lies in `hole`."""
    return lambda x, y: np.maximum(whole(x, y), -hole(x, y))


def around(count: int, radius: float, turned: float = 0.0) -> Sequence[Point]:
    """`count` points on a circle around the origin, the first on top or `turned` degrees clockwise of it."""
    angles = [math.radians(turned) + 2 * math.pi * n / count for n in range(count)]
    return [(radius * math.sin(angle), -radius * math.cos(angle)) for angle in angles]
