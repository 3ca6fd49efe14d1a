"""`bench chat`: how much work a reply is."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from lib_omost.app.commands.options import positive
from lib_omost.app.console import ProgressLine, print_json, quiet_libraries, spare_a_core

HELP = "write a first turn and an edit turn with plain generate and with ours"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--model, --tokens and --json."""
    parser.add_argument(
        "--model", type=Path, metavar="PATH", help="folder or .gguf file; default: the embedded SmolLM2"
    )
    parser.add_argument("--tokens", type=positive, metavar="N", help="of each reply; default: all, some minutes")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(arguments: argparse.Namespace) -> int:
    """Print one row a turn and way, and whether greedy replies are identical. Exit code 1 when one is not."""
    with quiet_libraries():
        from lib_omost.bench import chat
        from lib_omost.chat.local import load

        spare_a_core()
        model = load.load_embedded_model() if arguments.model is None else load.load_model(arguments.model)
        with ProgressLine("writing", "part") as line:
            rows, greedy = chat.run(model, tokens=arguments.tokens, done=line.update)
    if arguments.json:
        turns = [asdict(row) | {"tokens_per_second": row.tokens_per_second} for row in rows]
        print_json({"turns": turns, "greedy": [asdict(entry) for entry in greedy]})
    else:
        sys.stdout.write(chat.format_table(rows, greedy) + "\n")
    return 0 if all(entry.identical for entry in greedy) else 1
