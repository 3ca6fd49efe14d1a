"""`bench picture`: whether what a message asks for is in the picture where it was asked."""

from __future__ import annotations

import argparse
from pathlib import Path

from lib_omost.app.commands.bench_compose import add_chat_arguments, ask
from lib_omost.app.commands.bench_drawing import open_checkpoint
from lib_omost.app.commands.options import positive
from lib_omost.app.commands.outcome import require_sheet, tell
from lib_omost.app.console import ProgressLine, quiet_libraries
from lib_omost.canvas import Canvas
from lib_omost.mini.scenes import Image

HELP = "send messages about coloured shapes to the chat, draw each canvas and look for what was asked"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--first, --method, --json, --sheet and whom to ask."""
    parser.add_argument("--first", type=positive, metavar="N", help="the first N messages; default: all sixty")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--sheet", type=Path, metavar="PNG", help="also draw a contact sheet")
    add_chat_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Ask, draw with the mini checkpoint as `render` draws, and print what was found."""
    require_sheet(arguments)
    from lib_omost.bench.compose.pictures import draw_all, picture_messages, report, table

    answers, _ = ask(arguments, picture_messages()[: arguments.first])
    with quiet_libraries():
        from lib_omost.hosts.diffusers.settings import RenderSettings

        _, drawn = open_checkpoint(None)

        def draw(canvas: Canvas, seed: int) -> Image:
            return drawn(canvas, RenderSettings(seed=seed))

        with ProgressLine("drawing", "picture") as line:
            seen = draw_all(draw, answers, line.update)
    from lib_omost.bench.compose.sheet import contact_sheet

    tell(seen, arguments, sheet=contact_sheet, report=report, table=table)
    return 0
