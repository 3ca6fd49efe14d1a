"""What a mini checkpoint has to reach before anything is measured on it: what it can do without any method's help."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import torch

from lib_omost.bench.layouts import Asked, Layout, make_layouts
from lib_omost.bench.rates import Rate, rate
from lib_omost.canvas import GRID, Canvas
from lib_omost.hosts.diffusers.checkpoint import load_checkpoint
from lib_omost.hosts.diffusers.families import family_of
from lib_omost.hosts.diffusers.pictures import from_picture, through_vae
from lib_omost.hosts.diffusers.render import render
from lib_omost.hosts.diffusers.settings import RenderSettings
from lib_omost.hosts.diffusers.steering import from_noise_alone
from lib_omost.mini.scenes import Image, Scene, Thing, background_phrase, draw_scene
from lib_omost.mini.worlds import SHAPES_WORLD, World, world_of
from mini_training.judging import Shown, shown_in

STEPS, CFG, SIGMA = 20, 5.0, 2.0
_SHEET = 12  # layouts

Draw = Callable[[Layout], tuple[Image, ...]]  # a picture of the whole layout, or one of each of its boxes


@dataclass(frozen=True)
class Gate:
    """A bar and what was reached: the share of boxes in their colour, and with the right kind of thing as well."""

    name: str
    bar: float
    colors: Rate
    both: Rate
    pictures: tuple[Image, ...]

    @property
    def is_reached(self) -> bool:
        return self.colors.value >= self.bar


def measure(folder: Path, per_count: int, sheet: Path | None = None) -> tuple[Gate, ...]:
    """All gates of the checkpoint in `folder`, on `per_count` layouts each of two, three and four boxes.

    Raises ModelError when the checkpoint cannot be read.
    """
    world = world_of(folder)
    pipeline = load_checkpoint(folder, torch.device("cpu"))
    layouts = layouts_of(world, per_count)
    gates = (
        _gate("VAE round trip", 0.995, layouts, world, lambda one: (through_vae(pipeline, asked_picture(one)),)),
        _gate("each region alone", 0.99, layouts, world, lambda one: _each_alone(pipeline, one)),
        _gate(
            f"asked picture from sigma {SIGMA:g}",
            0.98,
            layouts,
            world,
            lambda one: (from_asked(pipeline, one, asked_picture(one)),),
        ),
    )
    if sheet is not None:
        _sheet(layouts, gates).save(sheet)
    return gates


def table(gates: Sequence[Gate]) -> str:
    """The same for people, in percent ± one standard error."""
    lines = [f"{'gate':<28}{'bar':>8}{'colour':>16}{'colour and kind':>18}"]
    for gate in gates:
        cells = f"{100 * gate.bar:>8.1f}{_percent(gate.colors):>16}{_percent(gate.both):>18}"
        lines.append(f"{gate.name:<28}{cells}  {'reached' if gate.is_reached else 'missed'}")
    return "\n".join(lines)


def layouts_of(world: World, per_count: int) -> tuple[Layout, ...]:
    """The layouts of `bench regions`, for another world with its kinds, colours and backgrounds in the same boxes."""
    layouts = make_layouts(per_count)
    return layouts if world is SHAPES_WORLD else tuple(_dressed(layout, world) for layout in layouts)


def asked_picture(layout: Layout) -> Image:
    """Each asked thing in the middle of its box, as large as fits well."""
    return draw_scene(Scene(layout.background, tuple(_thing(asked) for asked in layout.asked), horizon=0.6))


def from_asked(pipeline: Any, layout: Layout, picture: Image) -> Image:
    """The layout drawn, by the model's own method that begins from noise, from a picture with noise of SIGMA on it."""
    return from_picture(pipeline, canvas_of(layout), _settings(pipeline, layout), picture, SIGMA)


def canvas_of(layout: Layout) -> Canvas:
    """The layout as a canvas; a landscape has no colour name of its own."""
    return Canvas(background_phrase(layout.background), regions=tuple(asked.region for asked in layout.asked))


def _each_alone(pipeline: Any, layout: Layout) -> tuple[Image, ...]:
    alone = [dataclasses.replace(layout, asked=(asked,)) for asked in layout.asked]
    return tuple(np.asarray(render(pipeline, canvas_of(one), _settings(pipeline, layout)).images[0]) for one in alone)


def _settings(pipeline: Any, layout: Layout) -> RenderSettings:
    method = from_noise_alone(family_of(pipeline))[0]
    return RenderSettings(steps=STEPS, cfg=CFG, seed=layout.seed, method=method)


def _gate(name: str, bar: float, layouts: Sequence[Layout], world: World, draw: Draw) -> Gate:
    pictures = [draw(layout) for layout in layouts]
    colors, both = [], []
    for layout, some in zip(layouts, pictures, strict=True):
        looked_at = some if len(some) == len(layout.asked) else some * len(layout.asked)
        seen = [
            shown_in(picture, asked.rect, world, layout.background)
            for picture, asked in zip(looked_at, layout.asked, strict=True)
        ]
        colors.append((sum(_color(*pair) for pair in zip(seen, layout.asked, strict=True)), len(seen)))
        both.append((sum(_color(*pair) and _kind(*pair) for pair in zip(seen, layout.asked, strict=True)), len(seen)))
    return Gate(name, bar, rate(colors), rate(both), tuple(some[0] for some in pictures))


def _color(shown: Shown, asked: Asked) -> bool:
    return shown.color == asked.color


def _kind(shown: Shown, asked: Asked) -> bool:
    return shown.kind == asked.shape


def _dressed(layout: Layout, world: World) -> Layout:
    """The layout's boxes with other things in them; the seed draws them, too."""
    rng = np.random.default_rng([layout.seed, 1])
    background = str(rng.choice(list(world.backgrounds)))
    colors = rng.permutation([color for color in world.colors if world.shows(color, background)])
    asked = tuple(
        dataclasses.replace(one, color=str(color), shape=str(rng.choice(world.kinds)))
        for one, color in zip(layout.asked, colors, strict=False)
    )
    return Layout(layout.seed, background, asked)


def _thing(asked: Asked) -> Thing:
    rect = asked.rect
    x, y = (rect.left + rect.right) / 2 / GRID, (rect.top + rect.bottom) / 2 / GRID
    return Thing(asked.shape, asked.color, x, y, 0.38 * min(rect.bottom - rect.top, rect.right - rect.left) / GRID)


def _sheet(layouts: Sequence[Layout], gates: Sequence[Gate]) -> PIL.Image.Image:
    """A row of asked pictures, and one of each gate's below."""
    chosen = np.linspace(0, len(layouts) - 1, min(_SHEET, len(layouts))).astype(int)
    rows = [[asked_picture(layouts[n]) for n in chosen], *([gate.pictures[n] for n in chosen] for gate in gates)]
    return PIL.Image.fromarray(np.concatenate([np.concatenate(row, axis=1) for row in rows]))


def _percent(one: Rate) -> str:
    return f"{100 * one.value:.1f} ± {100 * one.error:.1f}"
