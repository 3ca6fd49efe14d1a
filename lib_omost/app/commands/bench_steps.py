"""`bench steps`: the cost of a regional step, in a WebUI that runs or on a device."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from lib_omost.app.commands.canvas_file import canvas_of
from lib_omost.app.commands.options import DEVICES, DTYPES, positive, require_device
from lib_omost.app.console import print_json, quiet_libraries
from lib_omost.errors import BadInputError

HELP = "time a step under a canvas beside a step with equally many tokens, in a WebUI or by itself"
SIDES = {"sd1": 512, "sdxl": 1024}  # of the pictures that they were made for
WEBUI_SIDE = 512
CELL = 8  # pixels of a latent's


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --host, --checkpoint, --device, --dtype, --random, --size, --rounds and --json."""
    parser.add_argument("file", metavar="FILE", nargs="?", help="with --host: a reply, a chat or a canvas; - is stdin")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--host", metavar="URL", help="the WebUI, started with --api")
    where.add_argument("--device", choices=DEVICES, help="a UNet with random weights, under the dragon canvas")
    parser.add_argument("--checkpoint", help="its name in the WebUI; default: the one that is loaded")
    parser.add_argument("--dtype", choices=DTYPES, help="with --device; default: float16, on a CPU float32")
    parser.add_argument("--random", choices=tuple(SIDES), default="sdxl", help="as large as it; default: %(default)s")
    parser.add_argument(
        "--size", type=positive, metavar="PIXELS", help=f"a side; default: {WEBUI_SIDE}, with --device the model's own"
    )
    parser.add_argument("--rounds", type=positive, default=5, metavar="N", help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")


def run(arguments: argparse.Namespace) -> int:
    """Print seconds a step and their ratio. Raises BadInputError for a host without a canvas, or no such device."""
    if arguments.device is not None:
        return _on_device(arguments)
    if arguments.file is None:
        raise BadInputError("a WebUI's step is timed under a canvas", hint="name the file of one, or - for stdin")
    from lib_omost.bench.steps import measure
    from lib_omost.bench.webui import WebUI

    canvas = canvas_of(arguments.file)
    with quiet_libraries():
        from lib_omost.hosts.diffusers.shared.encode import tokenize_with
        from lib_omost.mini.tokenizer import load_tokenizer

        tokenize = tokenize_with(load_tokenizer())
    webui, size = WebUI(arguments.host, arguments.checkpoint), arguments.size or WEBUI_SIDE
    times = measure(webui.txt2img, canvas, tokenize, size=size, rounds=arguments.rounds)
    if arguments.json:
        print_json(asdict(times))
    else:
        sys.stdout.write(
            f"{times.tokens} tokens, {size} × {size}: host's own step {times.own:.3f} s, "
            f"regional step {times.regional:.3f} s, ratio {times.ratio:.2f} ×\n"
        )
    return 0


def _on_device(arguments: argparse.Namespace) -> int:
    import torch

    from lib_omost.bench.device_steps import format_table, measure
    from lib_omost.bench.lora_steps import random_unet

    device = torch.device(arguments.device)
    require_device(arguments.device)
    name = arguments.dtype or ("float32" if device.type == "cpu" else "float16")
    cells = (arguments.size or SIDES[arguments.random]) // CELL
    with quiet_libraries():
        unet = random_unet(arguments.random, device, getattr(torch, name))
        rows = measure(unet, height=cells, width=cells, rounds=arguments.rounds)
    if arguments.json:
        print_json([asdict(row) for row in rows])
    else:
        card = torch.cuda.get_device_name() if device.type == "cuda" else "CPU"
        title = f"{arguments.random}, {CELL * cells} × {CELL * cells} pixels, {card}, torch {torch.__version__}, {name}"
        sys.stdout.write(f"{title}\n{format_table(rows)}\n")
    return 0
