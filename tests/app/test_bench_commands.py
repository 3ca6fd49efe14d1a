"""bench attention and bench regions from the command line, on the smallest problems."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from lib_omost.app.commands import bench_regions
from lib_omost.bench import attention


@pytest.fixture(autouse=True)
def small_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "SDXL_LAYERS", (attention.LayerShape(4, 2, 8, 16),))


def test_attention_prints_a_table_or_json(omost: Callable) -> None:
    ran = omost("bench", "attention", "--rounds", "1")
    assert ran.code == 0
    assert "score, as chosen (" in ran.out
    rows = json.loads(omost("bench", "attention", "--rounds", "1", "--json").out)
    assert rows[0]["method"] == "naive"
    assert {"score, masked", "decomposition"} < {row["method"] for row in rows}


def test_regions_prints_the_figures_of_each_method_and_draws_a_sheet(
    omost: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spared: list[bool] = []
    monkeypatch.setattr(bench_regions, "spare_a_core", lambda: spared.append(True))
    ran = omost("bench", "regions", "--layouts", "1", "--json", "--sheet", tmp_path / "sheet.png")
    assert ran.code == 0, ran.err
    figures = json.loads(ran.out)
    assert figures["layouts"] == 3
    assert list(figures["methods"]) == ["plain", "decomposition", "score"]
    for method in figures["methods"].values():
        assert method["regions_right"]["count"] == 9
        assert 0 <= method["regions_right"]["value"] <= 1
    assert min(Image.open(tmp_path / "sheet.png").size) > 200
    assert "picture" in ran.err
    assert spared == [True]


@pytest.mark.parametrize(
    "arguments",
    [["attention", "--rounds", "0"], ["attention", "--threads", "few"], ["regions", "--layouts", "-1"], ["colours"]],
)
def test_bad_options_are_refused(omost: Callable, arguments: list[str]) -> None:
    ran = omost("bench", *arguments)
    assert ran.code == 2
    assert ran.out == ""


def test_a_sheet_that_is_no_picture_is_refused(omost: Callable, tmp_path: Path) -> None:
    assert omost("bench", "regions", "--layouts", "1", "--sheet", tmp_path / "sheet.txt").code == 2
