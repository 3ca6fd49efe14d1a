"""`bench gradients`: the memory and the time of guidance by gradients."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from lib_omost.app.commands.options import positive
from lib_omost.app.console import print_json, quiet_libraries
from lib_omost.errors import BadInputError
from lib_omost.methods.names import KINDS

HELP = "memory and time of a gradient of attention, with blocks that are computed twice and with all that is kept"
GUIDED = tuple(name for name, kind in KINDS.items() if kind.guided)
SIZES = (256, 384)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--checkpoint, --methods, --sizes, --rounds and --json."""
    parser.add_argument("--checkpoint", type=Path, help="a file or folder of SD1.x or SDXL; default: the mini one")
    parser.add_argument("--methods", nargs="+", choices=GUIDED, default=GUIDED, help="default: all that are guided")
    parser.add_argument(
        "--sizes", nargs="+", type=positive, default=SIZES, metavar="PIXELS", help="sides; default: 256 and 384"
    )
    parser.add_argument("--rounds", type=positive, default=3, metavar="N", help="medians of N; default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(arguments: argparse.Namespace) -> int:
    """Print one line a method and size."""
    from lib_omost.bench import gradients
    from lib_omost.hosts.diffusers.checkpoint import best_device, load_checkpoint

    device = best_device()
    with quiet_libraries():
        unet = getattr(load_checkpoint(arguments.checkpoint, device), "unet", None)
    if unet is None:
        raise BadInputError("guidance by gradients is for UNets", hint="name a checkpoint of SD1.x or SDXL")
    costs = [
        gradients.measure(unet, method, size=size, rounds=arguments.rounds)
        for method in arguments.methods
        for size in arguments.sizes
    ]
    if arguments.json:
        print_json([asdict(cost) for cost in costs])
    else:
        sys.stdout.write(f"{type(unet).__name__} on {device.type}\n{gradients.format_table(costs)}\n")
    return 0
