"""`bench attention`: how long regional attention takes."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from lib_omost.app.commands.options import DEVICES, DTYPES, positive, require_device, threads
from lib_omost.app.console import print_json, quiet_libraries

HELP = "time regional attention against the naive formulation, projections included"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--device, --dtype, --pictures, --operators, --json, --rounds and --threads."""
    parser.add_argument("--device", choices=DEVICES, default="cpu", help="default: %(default)s")
    parser.add_argument(
        "--operators", action="store_true", help="count what a layer runs, as on a graphics card, which needs none"
    )
    group = parser.add_argument_group("with --device cuda, where every way is measured beside plain attention")
    group.add_argument("--dtype", choices=DTYPES, default=DTYPES[0], help="default: %(default)s")
    group.add_argument("--pictures", type=positive, default=1, metavar="N", help="at once; default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--rounds", type=positive, default=5, metavar="N", help="medians of N; default: %(default)s")
    parser.add_argument("--threads", type=threads, metavar="N", help="of torch; default: as torch finds it")


def run(arguments: argparse.Namespace) -> int:
    """Print one row a method and layer."""
    if arguments.operators:
        return _counted(arguments)
    if arguments.device == "cuda":
        return _on_cuda(arguments)
    from lib_omost.bench import attention

    rows = attention.run(attention.SDXL_LAYERS, rounds=arguments.rounds, threads=arguments.threads)
    if arguments.json:
        print_json([asdict(row) for row in rows])
    else:
        sys.stdout.write(attention.format_table(rows) + "\n")
    return 0


def _on_cuda(arguments: argparse.Namespace) -> int:
    """Raises BadInputError where there is no graphics card."""
    import torch

    from lib_omost.bench import device_attention

    require_device(arguments.device)
    rows = device_attention.run(
        device_attention.LAYERS,
        torch.device("cuda"),
        getattr(torch, arguments.dtype),
        rows=arguments.pictures,
        rounds=arguments.rounds,
    )
    if arguments.json:
        print_json([asdict(row) for row in rows])
    else:
        card = f"{torch.cuda.get_device_name()}, torch {torch.__version__}, {arguments.dtype}"
        sys.stdout.write(f"{card}\n{device_attention.format_table(rows)}\n")
    return 0


def _counted(arguments: argparse.Namespace) -> int:
    with quiet_libraries():
        from lib_omost.bench import operators

        rows = operators.run(operators.LAYERS)
    if arguments.json:
        print_json([asdict(row) for row in rows])
    else:
        sys.stdout.write(operators.format_table(rows) + "\n")
    return 0
