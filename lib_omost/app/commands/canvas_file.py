"""A canvas from a file: a reply, a chat, canonical code, or the JSON that `demo` writes."""

from __future__ import annotations

import argparse
import json

from lib_omost.app.console import say
from lib_omost.app.files import read_text
from lib_omost.canvas import Canvas, canvas_from_json, parse_reply
from lib_omost.errors import CanvasError


def add_file_argument(parser: argparse.ArgumentParser) -> None:
    """FILE, or - for stdin."""
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="a reply, a chat or a canvas; - is stdin")


def read_canvas(name: str) -> Canvas:
    """The last canvas of a file; what was put right or lost is said on stderr.

    Raises CanvasError when there is none that can be used, BadInputError when the file cannot be read.
    """
    text = read_text(name)
    if text.lstrip().startswith("{"):
        return canvas_from_json(_load_json(text))
    parsed = parse_reply(text)
    for correction in parsed.corrections:
        say(f"line {correction.line}: {correction.message}")
    if parsed.canvas is not None:
        for problem in parsed.problems:
            say(f"line {problem.line}: left out: {problem.message}")
    return parsed.require_canvas()


def _load_json(text: str) -> object:
    try:
        data: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise CanvasError(error.msg, line=error.lineno, expected="JSON") from error
    except RecursionError as error:
        raise CanvasError("the JSON is nested too deeply", line=1, expected="a canvas") from error
    return data
