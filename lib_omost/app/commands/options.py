"""Options that several commands share."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from lib_omost.auto import AUTO
from lib_omost.errors import BadInputError
from lib_omost.prompts import TagStyle

MOST = 10**9  # of anything that is counted
DTYPES = ("float16", "bfloat16", "float32")
DEVICES = ("cpu", "cuda")


def size(text: str) -> tuple[int, int]:
    """WxH in pixels, for argparse."""
    match = re.fullmatch(r"(\d{1,5})\s*[x×,]\s*(\d{1,5})", text.strip().lower())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write it as 1024x768")
    width, height = int(match[1]), int(match[2])
    if not (1 <= width <= 8192 and 1 <= height <= 8192):
        raise argparse.ArgumentTypeError(f"{text!r}: each side must be 1 to 8192 pixels")
    return width, height


def add_style_argument(parser: argparse.ArgumentParser, *, of_checkpoint: bool = False) -> None:
    """--style; `of_checkpoint`, there is one whose name can tell it."""
    styles = [style.value for style in TagStyle]
    parser.add_argument(
        "--style",
        choices=[AUTO, *styles] if of_checkpoint else styles,
        default=AUTO if of_checkpoint else TagStyle.PLAIN.value,
        help="how sub-prompts are worded; default: %(default)s",
    )


def add_output_argument(parser: argparse.ArgumentParser, default: str) -> None:
    """-o, where the result goes."""
    parser.add_argument("-o", "--output", type=Path, default=Path(default), metavar="FILE", help=f"default: {default}")


def add_lora_argument(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """--lora-dir, where the LoRA lie that regions name."""
    parser.add_argument(
        "--lora-dir", type=Path, metavar="FOLDER", help="where the LoRA of regions lie, as .safetensors files"
    )


def add_adapter_arguments(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """--ip-adapter and --image-encoder, which regions' reference pictures are read with for a UNet."""
    parser.add_argument(
        "--ip-adapter",
        type=Path,
        metavar="FILE",
        help="what reads the reference pictures of regions, as .safetensors; Kontext and Flux.2 Klein need none",
    )
    parser.add_argument(
        "--image-encoder", type=Path, metavar="FOLDER", help="the CLIP image encoder that the IP-Adapter was made for"
    )


def add_gligen_argument(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """--gligen and --instancediffusion, the layers that the methods of these names need."""
    parser.add_argument(
        "--gligen", type=Path, metavar="FILE", help="GLIGEN's grounded layers, to stand beside SD1.x checkpoints"
    )
    parser.add_argument(
        "--instancediffusion", type=Path, metavar="FOLDER", help="InstanceDiffusion's layers, in place of those"
    )


def add_layer_arguments(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """--layer-attention and --layer-decoder, which the method layerdiffuse needs."""
    parser.add_argument(
        "--layer-attention", type=Path, metavar="FILE", help="what makes SDXL draw layers, ld_diffusers_sdxl_attn"
    )
    parser.add_argument(
        "--layer-decoder",
        type=Path,
        metavar="FILE",
        help="what reads their alpha, ld_diffusers_sdxl_vae_transparent_decoder",
    )


def positive(text: str) -> int:
    """A whole number of at least 1 and at most MOST, for argparse."""
    return _whole(text, 1, MOST)


def threads(text: str) -> int:
    """How many threads torch may use, for argparse: more than a machine has are allowed, more than it can start not."""
    return _whole(text, 1, 1024)


def port(text: str) -> int:
    """A TCP port, or 0 for a free one, for argparse."""
    return _whole(text, 0, 65_535)


def _whole(text: str, least: int, most: int) -> int:
    """Raises ArgumentTypeError, without the many digits that a number may have."""
    digits = text.strip()
    is_short = digits.isascii() and digits.isdecimal() and len(digits) <= len(str(most))
    if not is_short or not least <= int(digits) <= most:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no whole number from {least} to {most}")
    return int(digits)


def require_device(name: str) -> None:
    """Raise BadInputError for a device of DEVICES that torch does not find."""
    import torch

    if name == "cuda" and not torch.cuda.is_available():
        raise BadInputError("torch finds no graphics card", hint="choose --device cpu")
