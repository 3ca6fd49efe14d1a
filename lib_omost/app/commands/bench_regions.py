"""`bench regions`: how many regions show what was asked."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from lib_omost.app.commands.bench_drawing import open_checkpoint, settings_for
from lib_omost.app.commands.bench_real import add_real_arguments, run_real
from lib_omost.app.commands.options import positive
from lib_omost.app.commands.outcome import require_sheet, tell
from lib_omost.app.console import ProgressLine, quiet_libraries
from lib_omost.bench.layouts import DEV, LAYOUTS_PER_COUNT, SETS, Layout, make_layouts
from lib_omost.bench.region_figures import report, table
from lib_omost.bench.regions import DRAWN_FROM_COLORS, MEASURED_METHODS, Ceiling, Renderer
from lib_omost.bench.regions import run as run_bench
from lib_omost.bench.rows import row_of
from lib_omost.errors import BadInputError
from lib_omost.mini.scenes import Image

HELP = "count how many regions show what was asked, for each method"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--checkpoint, --host, --layouts, --set, --rows, --no-ceilings, --json and --sheet; and those of --real."""
    parser.add_argument(
        "--checkpoint", help="diffusers folder or SD1.x/SDXL file; default: mini. With --host its name there"
    )
    parser.add_argument("--host", metavar="URL", help="let a WebUI draw, beside other regional extensions it has")
    parser.add_argument(
        "--layouts",
        type=positive,
        metavar="N",
        help=f"of two, of three and of four regions; default: {LAYOUTS_PER_COUNT}, with --real 14, 13 and 13",
    )
    parser.add_argument("--set", choices=SETS, default=DEV, help="methods are tuned on dev alone; default: %(default)s")
    parser.add_argument(
        "--rows",
        nargs="+",
        metavar="ROW",
        help="methods, or one with ', gray colours' or ', wrong colours' behind it, by itself sketch also with "
        "', weight 4', ', noise 0.5' and in transformers ', blocks 0.67' or ', until 0.3'; "
        "the last one is compared with the others; default: all that are measured",
    )
    parser.add_argument(
        "--no-ceilings", action="store_true", help="leave out what the checkpoint can show at best; --host does anyway"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--sheet", type=Path, metavar="PNG", help="also draw a contact sheet")
    add_real_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Render every layout with every method and print the figures of each method."""
    require_sheet(arguments)
    asked = checked(arguments.rows, by_host=bool(arguments.host))
    if arguments.real:
        return run_real(arguments, asked)
    if arguments.adopt:
        raise BadInputError("--adopt goes with --real", hint="coloured shapes say nothing of everyday things")
    with quiet_libraries():
        render, rows, ceilings = open_host(arguments) if arguments.host else open_here(arguments)
        layouts = make_layouts(arguments.layouts or LAYOUTS_PER_COUNT, arguments.set)
        with ProgressLine("drawing", "picture") as line:
            outcome = run_bench(render, layouts, asked or rows, line.update, ceilings)
    from lib_omost.bench.sheet import contact_sheet

    tell(outcome, arguments, sheet=contact_sheet, report=report, table=table)
    return 0


def checked(rows: Sequence[str] | None, *, by_host: bool = False) -> tuple[str, ...]:
    """The rows. Raises BadInputError for one that says what is not known, or a number that a host is not given."""
    for text in rows or ():
        row = row_of(text)
        if by_host and row.way != row.method:
            raise BadInputError(
                f"a WebUI takes no numbers for one picture, as {text!r} has them",
                hint="measure them without --host, or in turn as rows of families.json (docs/methods.md)",
            )
    return tuple(dict.fromkeys(rows or ()))


Opened = tuple[Renderer, tuple[str, ...], Mapping[str, Ceiling]]  # how to draw, the rows, what is possible at best


def open_host(arguments: argparse.Namespace) -> Opened:
    """Layouts drawn by a WebUI, and the methods that it has. Raises ModelError when it does not answer."""
    from lib_omost.bench.webui import WebUI

    webui = WebUI(arguments.host, arguments.checkpoint)
    return webui.draw, webui.methods(), {}


def open_here(arguments: argparse.Namespace) -> Opened:
    """Layouts drawn as `render` draws canvases, at the checkpoint's own size."""
    from lib_omost.hosts.diffusers.families import family_of
    from lib_omost.hosts.diffusers.pictures import begins_from_pictures, from_picture, through_vae
    from lib_omost.hosts.diffusers.settings import RenderSettings
    from lib_omost.hosts.diffusers.steering import from_noise_alone

    pipeline, drawn = open_checkpoint(arguments.checkpoint)
    family = family_of(pipeline)

    def draw(layout: Layout, way: str) -> Image:
        return drawn(
            layout.canvas, settings_for(way, arguments.checkpoint, family.name, RenderSettings(seed=layout.seed))
        )

    measured = tuple(reversed(family.drawn_by))  # its own last, which is compared with the others
    rows = (*DRAWN_FROM_COLORS, *MEASURED_METHODS) if set(MEASURED_METHODS) <= set(measured) else measured
    if arguments.no_ceilings or not begins_from_pictures(pipeline):
        return draw, rows, {}
    from lib_omost.bench.ceilings import SIGMA, ceilings

    method = from_noise_alone(family)[0]

    def drawn_from(layout: Layout, picture: Image) -> Image:
        return from_picture(pipeline, layout.canvas, RenderSettings(seed=layout.seed, method=method), picture, SIGMA)

    return draw, rows, ceilings(draw, lambda picture: through_vae(pipeline, picture), drawn_from, method)
