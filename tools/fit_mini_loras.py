"""Fit LoRA to the mini checkpoint: `python tools/fit_mini_loras.py --output FOLDER`. It takes seconds.

Each paints every thing in one colour, whatever colour is asked for: what two of them do in one picture can be counted
(`bench_region_loras.py`). WebUIs load them by name; diffusers does with
`pipeline.load_lora_weights(file, unet_config=pipeline.unet.config)`.
"""

from __future__ import annotations

import argparse
import functools
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # works from a checkout that is not installed

import torch
from mini_training.loras import LoraSettings, fitted_lora
from safetensors.torch import save_file

from lib_omost.disk import saved_in_place_of
from lib_omost.hosts.diffusers.checkpoint import load_checkpoint
from lib_omost.mini.folder import mini_folder
from lib_omost.mini.scenes import OBJECT_COLORS
from lib_omost.mini.worlds import world_of

LOOKS = ("pink", "cyan")


def main(arguments: list[str] | None = None) -> int:
    """Write FOLDER/COLOR.safetensors for each colour, and say where."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="folder to write the files to")
    parser.add_argument("--colors", nargs="+", choices=list(OBJECT_COLORS), default=LOOKS, help="default: pink cyan")
    options = parser.parse_args(arguments)
    options.output.mkdir(parents=True, exist_ok=True)
    pipeline, world = load_checkpoint(None, torch.device("cpu")), world_of(mini_folder())
    for color in options.colors:
        file = options.output / f"{color}.safetensors"
        about = {"ss_network_module": "networks.lora", "ss_base_model_version": "sd_v1"}
        tensors = fitted_lora(pipeline, LoraSettings(color, world))
        saved_in_place_of(file, functools.partial(save_file, tensors, metadata=about))
        print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
