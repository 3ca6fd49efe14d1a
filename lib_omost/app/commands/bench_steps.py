"""`bench steps`: the cost of a regional step in a WebUI that runs."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from lib_omost.app.commands.canvas_file import canvas_of
from lib_omost.app.commands.options import positive
from lib_omost.app.console import print_json, quiet_libraries

HELP = "time a step under a canvas in a WebUI beside its own step with equally many tokens"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --host, --checkpoint, --size, --rounds and --json."""
    parser.add_argument("file", metavar="FILE", help="a reply, a chat or a canvas; - is stdin")
    parser.add_argument("--host", metavar="URL", required=True, help="the WebUI, started with --api")
    parser.add_argument("--checkpoint", help="its name in the WebUI; default: the one that is loaded")
    parser.add_argument("--size", type=positive, default=512, metavar="PIXELS", help="a side; default: %(default)s")
    parser.add_argument("--rounds", type=positive, default=5, metavar="N", help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a line")


def run(arguments: argparse.Namespace) -> int:
    """Print seconds a step and their ratio."""
    from lib_omost.bench.steps import measure
    from lib_omost.bench.webui import WebUI

    canvas = canvas_of(arguments.file)
    with quiet_libraries():
        from lib_omost.hosts.diffusers.shared.encode import tokenize_with
        from lib_omost.mini.tokenizer import load_tokenizer

        tokenize = tokenize_with(load_tokenizer())
    webui = WebUI(arguments.host, arguments.checkpoint)
    times = measure(webui.txt2img, canvas, tokenize, size=arguments.size, rounds=arguments.rounds)
    if arguments.json:
        print_json(asdict(times))
    else:
        sys.stdout.write(
            f"{times.tokens} tokens, {arguments.size} × {arguments.size}: host's own step {times.own:.3f} s, "
            f"regional step {times.regional:.3f} s, ratio {times.ratio:.2f} ×\n"
        )
    return 0
