"""docs/library.md: every name in it can be imported, every example in it runs."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lib_omost.canvas import Canvas, write_canvas
from tests.hosts.tiny_pipelines import PIPELINES

PAGE = (Path(__file__).parents[2] / "docs" / "library.md").read_text(encoding="utf-8")
NAME = re.compile(r"^\| `([\w.]+)` \|", re.MULTILINE)
SECTIONS = {
    found[1] or found[2]: found[3]
    for found in re.finditer(r"^## (?:`(lib_omost\.\w+)`|([^\n]+))\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
}
ROOMS = [name for name in SECTIONS if name.startswith("lib_omost.")]
DIFFUSERS = "diffusers' pipelines"


def examples(section: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


def test_the_page_has_the_rooms_that_it_promises() -> None:
    assert set(ROOMS) == {f"lib_omost.{room}" for room in ("canvas", "prompts", "attention", "layouts")}
    assert DIFFUSERS in SECTIONS


@pytest.mark.parametrize("room", ROOMS)
def test_a_rooms_table_is_all_that_it_offers(room: str) -> None:
    module, named = importlib.import_module(room), NAME.findall(SECTIONS[room])
    assert len(named) == len(set(named))
    assert set(named) == set(module.__all__)
    assert all(hasattr(module, name) for name in named)


def test_every_name_of_the_diffusers_part_is_there_and_says_what_it_is() -> None:
    named = NAME.findall(SECTIONS[DIFFUSERS])
    assert len(named) > 5
    for name in named:
        module, _, own = name.rpartition(".")
        found = getattr(importlib.import_module(module), own)
        assert found.__module__ == module
        assert found.__doc__


def test_every_example_that_needs_no_pipeline_runs(capsys: pytest.CaptureFixture[str]) -> None:
    there: dict[str, Any] = {}
    for room in ROOMS:  # in the page's order: the canvas of the first is used by the next
        assert examples(SECTIONS[room])
        for code in examples(SECTIONS[room]):
            exec(compile(code, room, "exec"), there)
    assert there["draft"].shape == (512, 512, 3)
    assert "a red fox" in capsys.readouterr().out
    assert there["out"].shape == there["query"].shape
    assert tuple(there["masks"].shape) == (2, 32, 24)
    assert tuple(there["mask"].shape) == (154 + 32 * 24,) * 2
    assert "a hare" in there["text"]


@pytest.fixture(params=["SD1.x", "SDXL", "Flux 1"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A diffusers folder of that family, tiny."""
    fixtures: Mapping[str, Callable[[], Any]] = {
        "SD1.x": lambda: request.getfixturevalue("mini"),
        "SDXL": lambda: request.getfixturevalue("tiny_sdxl"),
        "Flux 1": PIPELINES["Flux 1"],
    }
    fixtures[request.param]().save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def test_the_examples_with_a_pipeline_run_and_leave_it_as_it_was(folder: Path, circle_and_square: Canvas) -> None:
    """Sizes and steps are made small, nothing else of what stands there is changed."""
    first, *others = examples(SECTIONS[DIFFUSERS])
    setup, with_block = first.split("with steer", 1)
    there: dict[str, Any] = {"folder": folder, "reply": write_canvas(circle_and_square)}

    def run(code: str) -> None:
        code = code.replace("1024", "64").replace("steps=20", "steps=2")
        code = code.replace(
            "parse_canvas(reply))", "parse_canvas(reply), RenderSettings(width=64, height=64, steps=2))"
        )
        exec(compile(code, "docs/library.md", "exec"), there)

    run("from lib_omost.hosts.diffusers.settings import RenderSettings\n" + setup)
    there["pipe"].set_progress_bar_config(disable=True)
    run(f"with steer{with_block}")
    assert there["image"].size == (64, 64)
    for code in others:
        run(code)
    assert there["images"].shape == (2, 64, 64, 3)
    assert np.abs(there["images"][0] - there["images"][1]).mean() > 0.01
    assert there["picture"].size == (64, 64)
