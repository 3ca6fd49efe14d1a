"""The depth map says which region is seen where, and how near it is."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib_omost.canvas import GRID, Canvas, Rect, Region, depth_map
from lib_omost.canvas.limits import MAX_REGIONS


def at(distance: float, rect: Rect) -> Region:
    return Region("in the center", "no offset", "a small square area", distance, "", free_rect=rect)


@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_each_cell_is_as_light_as_its_nearest_region_is_near(
    data: st.DataObject, canvases: st.SearchStrategy[Canvas]
) -> None:
    canvas = data.draw(canvases)
    depth = depth_map(canvas, GRID, GRID)
    assert depth.dtype == np.uint8
    seen: dict[float, int] = {}
    rows, columns = np.random.default_rng(0).integers(0, GRID, (2, 60))
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        over = [
            region.distance_to_viewer
            for region in canvas.regions
            if region.rect.top <= row < region.rect.bottom
            and region.rect.left <= column < region.rect.right
            and (region.cells is None or region.cells[row] >> column & 1)
        ]
        if not over:
            assert depth[row, column] == 0
        else:
            assert seen.setdefault(min(over), int(depth[row, column])) == depth[row, column]
    lights = [seen[distance] for distance in sorted(seen)]
    assert all(nearer > farther for nearer, farther in pairwise(lights))
    assert all(1 <= light <= 255 for light in lights)


@given(
    distances=st.lists(
        st.floats(min_value=0, exclude_min=True, allow_infinity=False)
        | st.sampled_from([1.0, np.nextafter(1.0, 2), 1e300]),
        min_size=2,
        max_size=MAX_REGIONS,
        unique=True,
    )
)
@settings(max_examples=100, deadline=None)
def test_a_nearer_region_is_lighter_by_however_little_it_is_nearer(distances: list[float]) -> None:
    strips = [at(distance, Rect(0, GRID, place, place + 1)) for place, distance in enumerate(distances)]
    depth = depth_map(Canvas("", regions=tuple(strips)), GRID, GRID)[0]
    near_to_far = [int(depth[distances.index(distance)]) for distance in sorted(distances)]
    assert near_to_far[0] == 255
    assert len(set(near_to_far)) == len(distances)
    assert near_to_far == sorted(near_to_far, reverse=True)
    assert near_to_far[-1] >= 1


def test_known_depths() -> None:
    far, near = at(8, Rect(0, 90, 0, 60)), at(2, Rect(30, 60, 30, 90))
    depth = depth_map(Canvas("", regions=(near, far)), 180, 45)
    assert depth.shape == (45, 180)
    assert (depth[0, 0], depth[20, 100], depth[20, 170], depth[0, 170]) == (64, 255, 255, 0)  # 255 · 2 / 8


def test_a_canvas_without_regions_is_black() -> None:
    assert not depth_map(Canvas("A fog."), 16, 9).any()


@pytest.mark.parametrize(("width", "height"), [(0, 64), (64, -1), (8193, 64)])
def test_a_size_that_is_none_or_endless_is_refused(width: int, height: int) -> None:
    with pytest.raises(ValueError, match="cannot be drawn"):
        depth_map(Canvas(""), width, height)
