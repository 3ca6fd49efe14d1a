"""`draft`: the colours of a canvas as a picture."""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from PIL import Image

from lib_omost.app.commands.canvas_file import add_file_argument, canvas_of
from lib_omost.app.commands.options import add_output_argument, size
from lib_omost.app.console import say
from lib_omost.app.files import write_bytes
from lib_omost.canvas import Canvas, draft_image

HELP = "paint the colours of a canvas, far to near, into a PNG"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, -o and --size."""
    add_file_argument(parser)
    add_output_argument(parser, "draft.png")
    parser.add_argument("--size", type=size, default=(1024, 1024), metavar="WxH", help="in pixels; default: 1024x1024")


def run(arguments: argparse.Namespace) -> int:
    """Write the PNG."""
    width, height = arguments.size
    write_draft(canvas_of(arguments.file), width, height, arguments.output)
    say(f"draft: {arguments.output}")
    return 0


def write_draft(canvas: Canvas, width: int, height: int, file: Path) -> None:
    """The sharp draft, as people look at it."""
    write_png(Image.fromarray(draft_image(canvas, width, height, blurred=False)), file)


def write_png(image: Image.Image, file: Path) -> None:
    """Write a picture whole or not at all."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    write_bytes(file, buffer.getvalue())
