"""`bench faults`: whether damaged replies and files are read without losing, executing or hanging on anything."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from lib_omost.app.commands.options import positive
from lib_omost.app.console import ProgressLine, print_json, say

HELP = "read replies and files that are damaged at random; nothing may be lost, executed or hang"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--count, --seconds and --json."""
    parser.add_argument("--count", type=positive, default=100_000, metavar="N", help="texts; default: %(default)s")
    parser.add_argument("--seconds", type=positive, metavar="S", help="stop after so many, if that is sooner")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a line")


def run(arguments: argparse.Namespace) -> int:
    """Print how many texts were read and what was found. Exit code 1 when something was."""
    from lib_omost.bench import faults

    with ProgressLine("reading", "text") as line:
        found = faults.run(arguments.count, seconds=arguments.seconds, done=line.update)
    for finding in found.findings:
        say(f"seed {finding.seed}: {finding.what}")
    if arguments.json:
        print_json(asdict(found))
    else:
        sys.stdout.write(
            f"{found.texts} texts: {found.canvases} gave a canvas, {found.refused} were refused as JSON, "
            f"{len(found.findings)} findings\n"
        )
    return 1 if found.findings else 0
