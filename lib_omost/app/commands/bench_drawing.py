"""How benches draw by themselves: a checkpoint, loaded, and a canvas rendered with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lib_omost.app.console import spare_a_core
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
