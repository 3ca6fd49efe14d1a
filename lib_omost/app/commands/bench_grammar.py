"""`bench grammar`: whether every walk through the grammar is a canvas."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from lib_omost.app.commands.options import positive
from lib_omost.app.console import ProgressLine, print_json, say

HELP = "walk the Canvas grammar at random, without a model, and read every reply"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--walks and --json."""
    parser.add_argument("--walks", type=positive, default=10_000, metavar="N", help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a line")


def run(arguments: argparse.Namespace) -> int:
    """Print how many walks were canvases. Exit code 1 when one was not."""
    from lib_omost.bench import grammar

    with ProgressLine("walking", "reply") as line:
        walks = grammar.run(arguments.walks, done=line.update)
    for bounds, seed, reason in walks.failures:
        say(f"{bounds}, seed {seed}: {reason}")
    if arguments.json:
        print_json(asdict(walks))
    else:
        sys.stdout.write(
            f"{walks.walks} walks: {walks.parsed} parse without a correction, "
            f"{walks.accepted} would be accepted by the original\n"
        )
    return 0 if walks.parsed == walks.accepted == walks.walks else 1
