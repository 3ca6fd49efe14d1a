"""Count how often two LoRA stay in their regions, and what they cost: `python tools/bench_region_loras.py FOLDER`.

FOLDER holds what `fit_mini_loras.py` wrote. Each LoRA paints shapes in its own colour, so a region is right when that
colour rules its box.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # works from a checkout that is not installed

import numpy as np
import torch
from PIL import Image as Pictures

from lib_omost.bench.layouts import make_layouts
from lib_omost.bench.loras import Looks, cost, dressed, everywhere, halves, looks_in, summed, without_loras
from lib_omost.canvas import Canvas
from lib_omost.hosts.diffusers.checkpoint import load_checkpoint
from lib_omost.hosts.diffusers.loras import LoraFolder
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import RenderSettings
from lib_omost.methods.names import SCORE
from lib_omost.mini.scenes import Image


def main(arguments: list[str] | None = None) -> int:
    """Print how many regions have their own look, another's, or neither, and the cost; 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--layouts", type=int, default=8, help="of two, three and four regions; default: %(default)s")
    parser.add_argument("--steps", type=int, default=20, help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="of the cost, 0 for none; default: %(default)s")
    parser.add_argument("--weight", type=float, default=1.0, help="of every LoRA; default: %(default)s")
    parser.add_argument("--sheet", type=Path, metavar="PNG", help="also the pictures, a layout a row")
    options = parser.parse_args(arguments)
    loras = LoraFolder(options.folder)
    looks = loras.names()
    pipeline = load_checkpoint(None, torch.device("cpu"))

    def draw(canvas: Canvas, seed: int) -> Image:
        settings = RenderSettings(seed=seed, steps=options.steps, method=SCORE)
        return np.asarray(render(pipeline, canvas, settings, loras=loras).images[0])

    rows: list[list[Image]] = []
    found: dict[str, list[Looks]] = {"each in its region": [], "all in the whole picture": [], "none": []}
    for layout in make_layouts(options.layouts):
        canvas = dressed(layout, looks, options.weight)
        ways = (canvas, everywhere(canvas, looks, options.weight), without_loras(canvas))
        rows.append([draw(way, layout.seed) for way in ways])
        for told, image in zip(found.values(), rows[-1], strict=True):
            told.append(looks_in(image, canvas, looks))
    for name, each in found.items():
        all_of = summed(each)
        print(f"{name}: {all_of.own} of {all_of.regions} regions have their own look, {all_of.others} another's")
    if options.sheet is not None:
        Pictures.fromarray(np.concatenate([np.concatenate(row, axis=1) for row in rows])).save(options.sheet)
    if options.rounds:
        canvas = halves(looks[:2])
        print(
            f"two LoRA on half of the picture each: {cost(draw, canvas, without_loras(canvas), options.rounds):.2f} ×"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
