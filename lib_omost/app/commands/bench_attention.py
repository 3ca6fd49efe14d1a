"""`bench attention`: how long regional attention takes."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from lib_omost.app.commands.options import positive, threads
from lib_omost.app.console import print_json

HELP = "time regional attention against the naive formulation, projections included"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--json, --rounds and --threads."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--rounds", type=positive, default=5, metavar="N", help="medians of N; default: %(default)s")
    parser.add_argument("--threads", type=threads, metavar="N", help="of torch; default: as torch finds it")


def run(arguments: argparse.Namespace) -> int:
    """Print one row a method and layer."""
    from lib_omost.bench import attention

    rows = attention.run(attention.SDXL_LAYERS, rounds=arguments.rounds, threads=arguments.threads)
    if arguments.json:
        print_json([asdict(row) for row in rows])
    else:
        sys.stdout.write(attention.format_table(rows) + "\n")
    return 0
