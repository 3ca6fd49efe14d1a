"""`draft`: the colours of a canvas as a picture, or how near its layers are."""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lib_omost.app.commands.canvas_file import add_file_argument, canvas_of
from lib_omost.app.commands.options import add_output_argument, size
from lib_omost.app.console import say
from lib_omost.app.files import write_bytes
from lib_omost.canvas import Canvas, depth_map, draft_image
from lib_omost.errors import BadInputError, MissingPackageError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

FORMATS = MappingProxyType({".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"})
HELP = "paint the colours of a canvas, far to near, into a picture, or its depth"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, -o, --depth and --size."""
    add_file_argument(parser)
    add_output_argument(parser, "draft.png")
    parser.add_argument("--depth", action="store_true", help="a depth map for a ControlNet instead: near is white")
    parser.add_argument("--size", type=size, default=(1024, 1024), metavar="WxH", help="in pixels; default: 1024x1024")


def run(arguments: argparse.Namespace) -> int:
    """Write the picture, in the format that its suffix names."""
    require_picture(arguments.output)
    width, height = arguments.size
    canvas = canvas_of(arguments.file)
    if arguments.depth:
        write_picture(_picture(depth_map(canvas, width, height)), arguments.output)
    else:
        write_draft(canvas, width, height, arguments.output)
    say(f"{'depth' if arguments.depth else 'draft'}: {arguments.output}")
    return 0


def write_draft(canvas: Canvas, width: int, height: int, file: Path) -> None:
    """The sharp draft, as people look at it."""
    write_picture(_picture(draft_image(canvas, width, height, blurred=False)), file)


def _picture(pixels: NDArray[Any]) -> Image.Image:
    """(H, W) or (H, W, 3) → a picture. Raises MissingPackageError without Pillow, which text needs not."""
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingPackageError("pillow", "writing a picture") from error
    return Image.fromarray(pixels)


def require_picture(file: Path) -> str:
    """The format that the suffix of `file` names. Raises BadInputError for another suffix or none."""
    try:
        return FORMATS[file.suffix.lower()]
    except KeyError:
        raise BadInputError(f"{file} is no name for a picture", hint="end it with " + " or ".join(FORMATS)) from None


def write_picture(image: Image.Image, file: Path) -> None:
    """Write a picture whole or not at all, in the format that its suffix names."""
    buffer = io.BytesIO()
    image.save(buffer, require_picture(file), quality=95)
    write_bytes(file, buffer.getvalue())
