"""`convert`: a layout of another program as a canvas, and a canvas for another program."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lib_omost.app.commands.canvas_file import say_reports
from lib_omost.app.commands.options import size
from lib_omost.app.console import say
from lib_omost.app.files import read_data, write_text
from lib_omost.layouts import FORMATS, Loaded, read_layout, read_legend, read_picture, write_layout
from lib_omost.layouts.coco import SIDE
from lib_omost.layouts.read import is_picture
from lib_omost.texts import text_of

MOST_BYTES = 64 * 2**20  # COCO's file for val2017 has 20 MB
HELP = "read a layout of another program, or write a canvas for one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """IN, OUT, --to, --legend and --size."""
    parser.add_argument(
        "file",
        metavar="IN",
        help="a canvas, a prompt or infotext of Regional Prompter or forge-couple, COCO's or "
        "LabelMe's JSON, YOLO's rows, or a picture with "
        "coloured areas; told apart by their contents; - is stdin",
    )
    parser.add_argument("output", nargs="?", type=Path, metavar="OUT", help="default: stdout")
    parser.add_argument("--to", choices=list(FORMATS), default="code", help="what is written; default: %(default)s")
    parser.add_argument(
        "--legend", metavar="FILE", help="what a picture's areas show: a line `#rrggbb: words` or `red: words` each"
    )
    parser.add_argument(
        "--size", type=size, default=(SIDE, SIDE), metavar="WxH", help="of COCO's picture; default: 1024x1024"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the layout; what was put right, left out or lost is said on stderr."""
    loaded = _loaded(arguments.file, arguments.legend)
    say_reports(loaded.parsed)
    canvas = loaded.parsed.require_canvas()
    written = write_layout(canvas, arguments.to, *arguments.size)
    for note in written.notes:
        say(f"{arguments.to}: {note}")
    if arguments.output is None:
        sys.stdout.write(written.text)
    else:
        write_text(arguments.output, written.text)
        say(f"{loaded.format} → {arguments.to}: {arguments.output}")
    return 0


def _loaded(name: str, legend: str | None) -> Loaded:
    data = read_data(name, most=MOST_BYTES, smaller="give what the file holds of one picture, or a smaller picture")
    if is_picture(data):
        return read_picture(data, None if legend is None else read_legend(text_of(read_data(legend), legend)))
    return read_layout(text_of(data, name))
