"""How benches draw by themselves: a checkpoint, loaded, and a canvas rendered with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lib_omost.app.console import spare_a_core
from lib_omost.bench.rows import row_of
from lib_omost.canvas import Canvas
from lib_omost.mini.scenes import Image

if TYPE_CHECKING:
    from lib_omost.hosts.diffusers.settings import RenderSettings
    from lib_omost.hosts.diffusers.shared.pipeline import Pipeline

Drawn = Callable[[Canvas, "RenderSettings"], Image]  # a canvas and settings → (H, W, 3)


def open_checkpoint(checkpoint: str | None) -> tuple[Pipeline, Drawn]:
    """The pipeline of a folder or file, the mini checkpoint's where none is named, and what draws with it.

    Raises BadInputError for one that cannot be read.
    """
    from lib_omost.hosts.diffusers.checkpoint import load_checkpoint
    from lib_omost.hosts.diffusers.render import render

    spare_a_core()
    pipeline = load_checkpoint(Path(checkpoint) if checkpoint else None)

    def draw(canvas: Canvas, settings: RenderSettings) -> Image:
        return np.asarray(render(pipeline, canvas, settings).images[0])

    return pipeline, draw


def settings_for(way: str, checkpoint: str | None, kind: str, settings: RenderSettings) -> RenderSettings:
    """`settings` with the method and the numbers of a row (`Row.way`), those of the checkpoint's family where it is
    silent."""
    from lib_omost.defaults.checkpoints import defaults_of
    from lib_omost.methods.tuning import tuned

    row, name = row_of(way), Path(checkpoint or "").name
    settings = replace(settings, method=row.method, checkpoint=name)
    if row.way == row.method:
        return settings
    usual = defaults_of(name, kind)
    weight = usual.word_weight if row.weight is None else row.weight
    tuning = tuned(weight, usual.start_noise if row.noise is None else row.noise)
    blocks, until = 1.0 if row.blocks is None else row.blocks, row.until or 0.0
    return replace(
        settings, tuning=replace(tuning, joint=replace(tuning.joint, blocks=(0.0, blocks), least_noise=until))
    )
