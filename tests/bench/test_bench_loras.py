"""Two LoRA in one picture, counted: what is counted, and what fitted LoRA of the mini checkpoint do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

from mini_training.loras import LoraSettings, fitted_lora

from lib_omost.bench.layouts import make_layouts
from lib_omost.bench.loras import dressed, everywhere, halves, looks_in, summed, without_loras
from lib_omost.canvas import Canvas, Lora
from lib_omost.hosts.diffusers.checkpoint import load_checkpoint
from lib_omost.hosts.diffusers.loras import LoraFolder
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import RenderSettings
from lib_omost.mini.scenes import OBJECT_COLORS, Image
from lib_omost.mini.worlds import THINGS_WORLD

LOOKS = ("cyan", "pink")


def painted(left: str, right: str) -> Image:
    picture = np.full((90, 90, 3), 245, np.uint8)
    picture[30:60, 10:35] = OBJECT_COLORS[left]
    picture[30:60, 55:80] = OBJECT_COLORS[right]
    return picture


@pytest.mark.parametrize(
    ("left", "right", "own", "others"),
    [("cyan", "pink", 2, 0), ("pink", "cyan", 0, 2), ("cyan", "cyan", 1, 1), ("red", "pink", 1, 0)],
)
def test_a_region_shows_its_own_look_another_s_or_neither(left: str, right: str, own: int, others: int) -> None:
    found = looks_in(painted(left, right), halves(LOOKS), LOOKS)
    assert (found.own, found.others, found.regions) == (own, others, 2)
    assert summed([found, found]).own == 2 * own


def test_no_region_asks_for_a_look_s_colour_and_each_has_one_lora() -> None:
    for layout in make_layouts(3):
        canvas = dressed(layout, LOOKS)
        assert all(len(region.loras) == 1 for region in canvas.regions)
        assert not any(look in region.description for region in canvas.regions for look in LOOKS)
        whole = everywhere(canvas, LOOKS)
        assert [region.loras for region in whole.regions if region.loras] == [(Lora("cyan"), Lora("pink"))]
        assert not any(region.loras for region in without_loras(canvas).regions)


def test_two_lora_of_the_mini_checkpoint_stay_apart(tmp_path: Path) -> None:
    mini: Any = load_checkpoint(None, torch.device("cpu"))
    for look in LOOKS:
        save_file(fitted_lora(mini, LoraSettings(look, world=THINGS_WORLD)), tmp_path / f"{look}.safetensors")

    def draw(canvas: Canvas) -> Image:
        settings = RenderSettings(seed=2, steps=8)
        return np.asarray(render(mini, canvas, settings, loras=LoraFolder(tmp_path)).images[0])

    canvas = halves(LOOKS)
    found = looks_in(draw(canvas), canvas, LOOKS)
    assert (found.own, found.others) == (2, 0)
    assert looks_in(draw(without_loras(canvas)), canvas, LOOKS).own == 0
