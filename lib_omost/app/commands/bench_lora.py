"""`bench lora`: what LoRA of regions cost."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from lib_omost.app.commands.options import positive, threads
from lib_omost.app.console import print_json, quiet_libraries

HELP = "time a step with two LoRA on half of the picture each beside the same step without"
ONLY = {"lora": "LoRA", "locon": "LoCon", "whole": "LoHa, LoKr, DoRA, whole"} | {
    "convolutions": "whole, convolutions too"
}
SIZES = {"sd1": 512, "sdxl": 1024}  # sides of the pictures that they were made for
CELL = 8  # pixels of a latent's


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--checkpoint, --random or --layers, --size, --rank, --edge, --rounds, --threads and --json."""
    model = parser.add_mutually_exclusive_group()
    model.add_argument(
        "--checkpoint", type=Path, help="a file or folder of SD1.x, SD2.x or SDXL; default: the mini one"
    )
    model.add_argument("--random", choices=("sd1", "sdxl"), help="a UNet of that size with random weights")
    model.add_argument("--layers", action="store_true", help="single layers of SDXL's width, on the CPU")
    parser.add_argument("--size", type=positive, metavar="PIXELS", help="a side; default: 512, mini 128, sdxl 1024")
    parser.add_argument("--rank", type=positive, default=16, metavar="N", help="of each LoRA; default: %(default)s")
    parser.add_argument("--edge", type=float, default=0.0, metavar="CELLS", help="how soft; default: %(default)s")
    parser.add_argument("--only", choices=tuple(ONLY), help="one kind of file; default: each")
    parser.add_argument("--rounds", type=positive, default=5, metavar="N", help="medians of N; default: %(default)s")
    parser.add_argument("--threads", type=threads, metavar="N", help="of torch; default: as torch finds it")
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")


def run(arguments: argparse.Namespace) -> int:
    """Print one line a kind of LoRA file."""
    import torch

    from lib_omost.bench import lora_layers, lora_steps
    from lib_omost.hosts.diffusers.checkpoint import best_device, load_checkpoint
    from lib_omost.hosts.loras import without_loras

    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    if arguments.layers:
        found = lora_layers.measure(arguments.rank, arguments.rounds)
        if arguments.json:
            print_json([asdict(cost) for cost in found])
        else:
            sys.stdout.write(f"{torch.get_num_threads()} threads\n{lora_layers.format_table(found)}\n")
        return 0
    device = best_device()
    with quiet_libraries():
        if arguments.random is not None:
            dtype = torch.float32 if device.type == "cpu" else torch.float16
            unet, side = lora_steps.random_unet(arguments.random, device, dtype), SIZES[arguments.random]
        else:
            unet = getattr(load_checkpoint(arguments.checkpoint, device), "unet", None)
            side = 128 if arguments.checkpoint is None else 512
    if unet is None:
        raise without_loras("a transformer")
    side = arguments.size or side
    cells = max(CELL, side // CELL)
    kinds = [ONLY[arguments.only]] if arguments.only else list(ONLY.values())
    costs = [
        lora_steps.measure(
            unet, kind, height=cells, width=cells, rank=arguments.rank, edge=arguments.edge, rounds=arguments.rounds
        )
        for kind in kinds
    ]
    if arguments.json:
        print_json([asdict(cost) for cost in costs])
    else:
        sys.stdout.write(
            f"{type(unet).__name__} on {device.type}, {CELL * cells} × {CELL * cells} pixels, rank {arguments.rank}, "
            f"edge {arguments.edge:g}, {torch.get_num_threads()} threads\n{lora_steps.format_table(costs)}\n"
        )
    return 0
