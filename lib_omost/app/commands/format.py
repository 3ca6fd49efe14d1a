"""`format`: a canvas as canonical code."""

from __future__ import annotations

import argparse
import sys

from lib_omost.app.commands.canvas_file import add_file_argument, canvas_of
from lib_omost.canvas import write_canvas

HELP = "print a canvas as canonical code"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FILE."""
    add_file_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the code; it parses to the same canvas."""
    sys.stdout.write(write_canvas(canvas_of(arguments.file)))
    return 0
