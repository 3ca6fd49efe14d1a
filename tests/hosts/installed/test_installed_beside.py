"""Other extensions beside this one, unmodified: OMOST_BESIDE_DIR names a folder in which each has a folder of its own.

`beside.py` has the table; what is not in that folder is skipped. docs/beside.md says what was seen.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lib_omost.bench.layouts import Layout, make_layouts
from lib_omost.bench.obedience import obedience
from lib_omost.canvas import write_canvas
from tests.hosts.installed.beside import EXTENSIONS, IDLE, LORA, REFUSED, SILENT, UNIT, WORKS, Beside
from tests.hosts.installed.conftest import HOSTS, running_host
from tests.hosts.installed.jobs import JOB, as_png, draw, omost, same

THREE = make_layouts(4)[5]  # a layout of three regions, of which this checkpoint obeys some in 12 steps
DRAWN: dict[str, Any] = {"seed": THREE.seed, "steps": 12}
PAGE_MS = 60_000


@dataclass(frozen=True)
class BesideHost:
    """A WebUI with all that was found; `plain` and `regions`: what it drew without any of that."""

    host: Any
    found: frozenset[str]
    plain: Any
    regions: Any


def found(host: str) -> dict[str, Path]:
    """The extensions for a host that are there: a folder's name → where it is."""
    folder = os.environ.get("OMOST_BESIDE_DIR")
    if not folder:
        pytest.skip("OMOST_BESIDE_DIR names no folder of other extensions")
    names = dict.fromkeys([*(one.folder for one in EXTENSIONS if host not in one.not_in), *IDLE.get(host, ())])
    return {name: place for name in names if (place := Path(folder) / name).is_dir()}


@pytest.fixture(scope="module", params=list(HOSTS))
def beside(request: pytest.FixtureRequest, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    name, others = request.param, found(request.param)
    if not others:
        pytest.skip(f"none of the extensions in OMOST_BESIDE_DIR is for {name}")
    folder = tmp_path_factory.mktemp(name)
    with running_host(name, folder) as alone:
        plain, regions = draw(alone, **DRAWN)[0][0], draw(alone, **DRAWN, **ours())[0][0]
    with running_host(name, folder, others) as running:
        yield BesideHost(running, frozenset(others), plain, regions)


def ours(layout: Layout = THREE) -> dict[str, Any]:
    return omost(canvas=write_canvas(layout.canvas))


def script_of(host: Any, one: Beside) -> dict[str, Any]:
    """The part of a request that switches it on; skipped where the host did not load it."""
    known = [each for each in host.get("sdapi/v1/script-info") if each["name"] == one.script.lower()]
    if not known:
        pytest.skip(f"{host.name} has not loaded {one.folder}")
    values = [argument["value"] for argument in known[0]["args"]]
    for place, value in one.on.items():
        values[place] = unit_of(host) if value is UNIT else value
    return {one.script: {"args": values}}


def unit_of(host: Any) -> dict[str, Any]:
    """A unit of ControlNet's extension, with a picture that gets lighter downwards."""
    named = host.named("WIDE_CONTROLNET")
    (model,) = (one for one in host.get("controlnet/model_list")["model_list"] if one.startswith(named))
    picture = as_png(Image.linear_gradient("L").resize((128, 128)).convert("RGB"))
    return {"enabled": True, "module": "none", "model": model, "weight": 1.0, "image": picture}


def obeyed(picture: Any) -> int:
    """How many regions show their colour most."""
    return sum(obedience(np.asarray(picture), THREE).regions)


def test_switched_off_nothing_of_them_shows(beside: Any) -> None:
    """With the canvas and without it, to the last byte."""
    plain, _ = draw(beside.host, **DRAWN)
    regions, _ = draw(beside.host, **DRAWN, **ours())
    assert same(plain[0], beside.plain)
    assert same(regions[0], beside.regions)


@pytest.mark.parametrize("one", EXTENSIONS, ids=lambda one: one.name)
def test_extension(beside: Any, one: Beside) -> None:
    host = beside.host
    if host.name in one.not_in:
        pytest.skip(f"{one.name} in {host.name}: {one.not_in[host.name]}")
    if one.folder not in beside.found:
        pytest.skip(f"{one.folder} is not in OMOST_BESIDE_DIR")
    lora = host.named("LORA") if LORA in one.prompt else ""
    prompt = one.prompt.replace(LORA, lora)
    bare = prompt if one.bare_prompt is None else one.bare_prompt.replace(LORA, lora)
    changes: dict[str, Any] = dict(one.changes)
    if one.is_wide:
        changes |= {"steps": 4, "override_settings": {"sd_model_checkpoint": host.named("WIDE_CHECKPOINT")}}
    job, without = DRAWN | changes | {"prompt": prompt}, DRAWN | changes | {"prompt": bare}
    theirs = script_of(host, one)
    regions, _ = draw(host, **without, **ours())
    alone, _ = draw(host, **job, alwayson_scripts=theirs)
    answer = host.call("txt2img", JOB | job | {"alwayson_scripts": theirs | ours()["alwayson_scripts"]})
    after, _ = draw(host, **without, **ours())
    plain, _ = draw(host, **without)
    assert same(after[0], regions[0])
    assert same(alone[0], plain[0]) == (one.expected == SILENT)
    if one.expected == REFUSED:
        assert answer.status_code == 422, answer.text[:300]
        assert one.named in answer.text
        return
    both, _ = draw(host, **job, alwayson_scripts=theirs | ours()["alwayson_scripts"])
    if one.expected == SILENT:
        assert same(both[0], regions[0])
        return
    assert one.expected == WORKS
    assert not same(both[0], regions[0])
    assert not same(both[0], alone[0])
    if not one.is_wide:  # of random weights
        assert obeyed(both[0]) >= obeyed(regions[0]) - 1


def test_the_page_with_all_of_them(beside: Any, browser: Any) -> None:
    """It loads, our accordion opens with its editor, and no error is ours."""
    page = browser.new_context(viewport={"width": 1280, "height": 1400}).new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(f"{error} {error.stack}"))
    page.goto(beside.host.url)
    page.wait_for_selector("#txt2img_generate", timeout=PAGE_MS)
    page.wait_for_timeout(3000)
    app = page.locator('.omost-mount[data-tab="txt2img"]')
    if not app.is_visible():
        page.locator("#script_txt2img_omost_accordion .label-wrap").first.click()
    app.locator(".omost-state").wait_for(state="visible", timeout=PAGE_MS)
    page.context.close()
    assert [error for error in errors if "omost" in error.lower()] == []
