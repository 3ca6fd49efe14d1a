"""`parse`: what a reply says, as JSON."""

from __future__ import annotations

import argparse

from lib_omost.app.commands.canvas_file import add_file_argument
from lib_omost.app.console import print_json
from lib_omost.app.files import read_text
from lib_omost.canvas import read_canvas
from lib_omost.prompts import parsed_to_json

HELP = "read a reply or a chat and print its last canvas as JSON"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FILE."""
    add_file_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the JSON. Raises CanvasError when there is no canvas that can be used."""
    print_json(parsed_to_json(read_canvas(read_text(arguments.file))))
    return 0
