"""A canvas from a file: a reply, a chat, canonical code, or the JSON that `demo` writes."""

from __future__ import annotations

import argparse

from lib_omost.app.console import say
from lib_omost.app.files import read_text
from lib_omost.canvas import Canvas, ParsedReply, read_canvas


def add_file_argument(parser: argparse.ArgumentParser) -> None:
    """FILE, or - for stdin."""
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="a reply, a chat or a canvas; - is stdin")


def canvas_of(name: str) -> Canvas:
    """The last canvas of a file; what was put right or lost is said on stderr.

    Raises CanvasError when there is none that can be used, BadInputError when the file cannot be read.
    """
    parsed = read_canvas(read_text(name))
    say_reports(parsed)
    return parsed.require_canvas()


def say_reports(parsed: ParsedReply) -> None:
    """What was put right, and what was left out where there is a canvas, a line each."""
    for correction in parsed.corrections:
        say(f"line {correction.line}: {correction.message}")
    if parsed.canvas is not None:
        for problem in parsed.problems:
            say(f"line {problem.line}: left out: {problem.message}")
