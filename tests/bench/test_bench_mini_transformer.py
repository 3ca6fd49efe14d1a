"""The shipped mini transformers obey their canvas, and by the method that is said to do most for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lib_omost.bench.layouts import UNSEEN, make_layouts
from lib_omost.bench.obedience import obedience
from lib_omost.hosts.diffusers.checkpoint import load_checkpoint
from lib_omost.hosts.diffusers.families import family_of
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import RenderSettings
from lib_omost.mini.worlds import SHAPES_WORLD, world_of

ASSETS = Path(__file__).resolve().parents[2] / "assets"
FAMILIES = {"mini-transformer": "Chroma", "mini-cosmos": "Anima"}


@pytest.fixture(scope="module", params=FAMILIES)
def regions_right(request: pytest.FixtureRequest) -> dict[str, float]:
    """The share of boxes that are right, by method, over one layout each of two, three and four."""
    pipeline, layouts = load_checkpoint(ASSETS / request.param), make_layouts(1, UNSEEN)
    found = {}
    for method in ("plain", "sketch"):
        pictures = [render(pipeline, one.canvas, RenderSettings(seed=one.seed, method=method)) for one in layouts]
        judged = zip(pictures, layouts, strict=True)
        right = [ok for drawn, one in judged for ok in obedience(np.asarray(drawn.images[0]), one).regions]
        found[method] = sum(right) / len(right)
    return found


def test_regions_are_obeyed_by_sketch_and_not_by_a_prompt(regions_right: dict[str, float]) -> None:
    assert regions_right["sketch"] >= 8 / 9
    assert regions_right["plain"] <= 0.5


@pytest.mark.parametrize(("name", "family"), FAMILIES.items())
def test_it_is_of_its_family_and_knows_the_world_of_shapes(name: str, family: str) -> None:
    assert family_of(load_checkpoint(ASSETS / name)).name == family
    assert world_of(ASSETS / name) == SHAPES_WORLD
