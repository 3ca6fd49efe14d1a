"""ADetailer in installed WebUIs: what it finds is drawn by the words of the region that it lies in.

OMOST_ADETAILER_DIR names a checkout of it. Its detectors are models of their own: a stand-in finds one place.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from webui_process import HOSTS, setting, started

from lib_omost.canvas import write_canvas
from tests.hosts.installed.conftest import EXTENSIONS, RealHost
from tests.hosts.installed.jobs import CODE, draw, omost, same
from tests.hosts.installed.test_installed_redraw import CANVAS, SQUARE

UNIT = {"ad_model": "stand-in.pt", "ad_denoising_strength": 0.6}


@pytest.fixture(scope="module", params=list(HOSTS))
def host(request: pytest.FixtureRequest, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHost]:
    folder = os.environ.get("OMOST_ADETAILER_DIR")
    if folder is None or setting(request.param, "DIR") is None:
        pytest.skip("OMOST_ADETAILER_DIR names no ADetailer, or no such host is installed")
    beside = {"adetailer": Path(folder), "omost-detector": Path(__file__).parent / "detector"}
    log = tmp_path_factory.mktemp("detailer") / "log.txt"
    with contextlib.ExitStack() as stack:
        yield RealHost(**asdict(stack.enter_context(started(request.param, log, EXTENSIONS | beside))))


def drawn(host: Any, unit: dict[str, Any], **fields: Any) -> tuple[list[Any], str, list[dict[str, str]]]:
    """Pictures, infotext, and what ADetailer's inner jobs were drawn from."""
    host.get("omost-detector/told")
    order = omost(**fields)
    order["alwayson_scripts"]["ADetailer"] = {"args": [True, False, UNIT | unit]}
    images, infotext = draw(host, prompt="oil painting", negative_prompt="ugly", **order)
    return images, infotext, host.get("omost-detector/told")


def test_what_is_found_is_drawn_by_its_region_s_words_unless_it_has_its_own(host: Any) -> None:
    canvas = replace(CANVAS, absent=("people",), regions=(CANVAS.regions[0], replace(SQUARE, negative="grey")))
    code = write_canvas(canvas)
    ours, infotext, (told,) = drawn(host, {}, canvas=code)
    assert told == {"prompt": "A white background. A blue square. oil painting", "negative": "ugly, people, grey"}
    assert "Omost detailer: True" in infotext
    off, infotext, (told,) = drawn(host, {}, canvas=code, detailer=False)
    assert told == {"prompt": "oil painting", "negative": "ugly, people"}
    assert "Omost detailer: False" in infotext
    assert not same(ours[0], off[0])
    _, _, (told,) = drawn(host, {"ad_prompt": "a face"}, canvas=code)
    assert told["prompt"] == "a face"
    again, _, _ = drawn(host, {}, canvas=code)
    assert same(ours[0], again[0])


def test_without_a_canvas_it_draws_as_ever(host: Any) -> None:
    _, infotext, (told,) = drawn(host, {}, canvas=CODE, enabled=False)
    assert told == {"prompt": "oil painting", "negative": "ugly"}
    assert "Omost" not in infotext
    assert host.get("omost-probe/hooks")["own_forwards"] == 0
