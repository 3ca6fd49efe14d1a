"""`parse`: what a reply says, as JSON."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from lib_omost.app.commands.canvas_file import add_file_argument
from lib_omost.app.console import print_json
from lib_omost.app.files import read_text
from lib_omost.canvas import parse_reply
from lib_omost.prompts import RegionPath, region_paths

HELP = "read a reply or a chat and print its last canvas as JSON"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FILE."""
    add_file_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the JSON. Raises CanvasError when there is no canvas that can be used."""
    parsed = parse_reply(read_text(arguments.file))
    canvas = parsed.require_canvas()
    print_json(
        {
            "regions": [path_json(path) for path in region_paths(canvas)],
            "corrections": [asdict(correction) for correction in parsed.corrections],
            "problems": [asdict(problem) for problem in parsed.problems],
        }
    )
    return 0


def path_json(path: RegionPath) -> dict[str, Any]:
    """One region: rect is [top, bottom, left, right], distance_to_viewer None for the global one."""
    return {
        "rect": list(path.rect),
        "distance_to_viewer": path.distance_to_viewer,
        "color": list(path.rgb),
        "prefixes": list(path.prefixes),
        "suffixes": list(path.suffixes),
    }
