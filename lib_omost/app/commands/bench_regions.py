"""`bench regions`: how many regions show what was asked."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from lib_omost.app.commands.draft import require_picture
from lib_omost.app.commands.options import positive
from lib_omost.app.commands.outcome import tell
from lib_omost.app.console import ProgressLine, quiet_libraries, spare_a_core
from lib_omost.bench.layouts import LAYOUTS_PER_COUNT, Layout, make_layouts
from lib_omost.bench.regions import MEASURED_METHODS, Renderer, report, table
from lib_omost.bench.regions import run as run_bench
from lib_omost.mini.scenes import Image

HELP = "count how many regions show what was asked, for each method"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--checkpoint, --host, --layouts, --json and --sheet."""
    parser.add_argument(
        "--checkpoint", help="diffusers folder or SD1.x/SDXL file; default: mini. With --host its name there"
    )
    parser.add_argument("--host", metavar="URL", help="let a WebUI draw, beside other regional extensions it has")
    parser.add_argument(
        "--layouts",
        type=positive,
        default=LAYOUTS_PER_COUNT,
        metavar="N",
        help="of two, of three and of four regions; default: %(default)s",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--sheet", type=Path, metavar="PNG", help="also draw a contact sheet")


def run(arguments: argparse.Namespace) -> int:
    """Render every layout with every method and print the figures of each method."""
    if arguments.sheet is not None:
        require_picture(arguments.sheet)
    with quiet_libraries():
        render, methods = open_host(arguments) if arguments.host else open_checkpoint(arguments)
        with ProgressLine("drawing", "picture") as line:
            outcome = run_bench(render, make_layouts(arguments.layouts), methods, line.update)
    from lib_omost.bench.sheet import contact_sheet

    tell(outcome, arguments, sheet=contact_sheet, report=report, table=table)
    return 0


def open_host(arguments: argparse.Namespace) -> tuple[Renderer, tuple[str, ...]]:
    """Layouts drawn by a WebUI, and the methods that it has. Raises ModelError when it does not answer."""
    from lib_omost.bench.webui import WebUI

    webui = WebUI(arguments.host, arguments.checkpoint)
    return webui.draw, webui.methods()


def open_checkpoint(arguments: argparse.Namespace) -> tuple[Renderer, tuple[str, ...]]:
    """Layouts drawn as `render` draws canvases, from noise, at the checkpoint's own size."""
    from lib_omost.hosts.diffusers.checkpoint import load_checkpoint
    from lib_omost.hosts.diffusers.render import render
    from lib_omost.hosts.diffusers.settings import RenderSettings

    spare_a_core()
    pipeline = load_checkpoint(Path(arguments.checkpoint) if arguments.checkpoint else None)

    def draw(layout: Layout, method: str) -> Image:
        rendered = render(pipeline, layout.canvas, RenderSettings(seed=layout.seed, method=method))
        return np.asarray(rendered.images[0])

    return draw, MEASURED_METHODS
