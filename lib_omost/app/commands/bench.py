"""`bench`: what is claimed of speed and obedience, measured. One file a benchmark."""

from __future__ import annotations

import argparse
from types import MappingProxyType

from lib_omost.app.commands import (
    bench_attention,
    bench_chat,
    bench_compose,
    bench_faults,
    bench_gradients,
    bench_grammar,
    bench_lora,
    bench_messages,
    bench_picture,
    bench_regions,
    bench_steps,
)

HELP = (
    "measure attention, chat, gradients, lora and steps (speed, memory), compose and regions (obedience), grammar, "
    "messages, faults (validity)"
)
BENCHES = MappingProxyType(
    {
        "attention": bench_attention,
        "regions": bench_regions,
        "steps": bench_steps,
        "lora": bench_lora,
        "gradients": bench_gradients,
        "chat": bench_chat,
        "compose": bench_compose,
        "grammar": bench_grammar,
        "messages": bench_messages,
        "picture": bench_picture,
        "faults": bench_faults,
    }
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One sub-command a benchmark."""
    benches = parser.add_subparsers(dest="bench", required=True, metavar="|".join(BENCHES))
    for name, bench in BENCHES.items():
        bench.add_arguments(benches.add_parser(name, help=bench.HELP, description=bench.HELP))


def run(arguments: argparse.Namespace) -> int:
    """Run one benchmark."""
    code: int = BENCHES[arguments.bench].run(arguments)
    return code
