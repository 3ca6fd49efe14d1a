"""A LoRA file by itself: kohya's names of layers, and whose layers of a pipeline they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.errors import BadInputError, ModelError
from lib_omost.loras.difference import Difference, factored
from lib_omost.loras.weights import NORMS, difference_of

TEXT_PREFIXES = (("lora_te_", "lora_te1_"), ("lora_te2_",))  # of the first text encoder, and of SDXL's second
UNET_PREFIX = "lora_unet_"
_INNER = {"norm1": "in_layers_0", "conv1": "in_layers_2", "time_emb_proj": "emb_layers_1"} | {
    "norm2": "out_layers_0",
    "conv2": "out_layers_3",
    "conv_shortcut": "skip_connection",
}


@dataclass(frozen=True)
class LoraFile:
    """What a file changes in a pipeline. `unmatched` are its layers that the pipeline has not."""

    unet: Mapping[str, Difference]
    texts: tuple[Mapping[str, Difference], ...]
    unmatched: tuple[str, ...]


def read_lora(
    name: str, tensors: Mapping[str, torch.Tensor], unet: torch.nn.Module, texts: tuple[torch.nn.Module, ...]
) -> LoraFile:
    """Match a file's tensors with a diffusers UNet and transformers' text encoders.

    Raises BadInputError when it fits none of their layers, or changes norms; ModelError, naming the layer, for tensors
    that cannot be read.
    """
    grouped: dict[str, dict[str, torch.Tensor]] = {}
    for key, tensor in tensors.items():
        layer, _, part = key.partition(".")
        grouped.setdefault(layer, {})[part] = tensor
    known: dict[str, tuple[int, str, Any]] = {}
    for place, network in enumerate((unet, *texts)):
        for layer, module in network.named_modules():
            if getattr(module, "weight", None) is not None:
                for called in _called(place, layer, network):
                    known[called] = (place, layer, module)
    found: list[dict[str, Difference]] = [{} for _ in (unet, *texts)]
    for layer, parts in grouped.items():
        if layer not in known:
            continue
        place, own, module = known[layer]
        found[place][own] = _difference(name, layer, parts, module)
    unmatched = tuple(layer for layer in grouped if layer not in known)
    if not any(found):
        raise BadInputError(
            f"the LoRA {name} fits no layer of this checkpoint", hint="choose one that was trained for its kind"
        )
    return LoraFile(found[0], tuple(found[1:]), unmatched)


def _difference(name: str, layer: str, parts: Mapping[str, torch.Tensor], module: Any) -> Difference:
    if any(norm in parts for norm in NORMS):
        raise BadInputError(
            f"the LoRA {name} cannot hold in a region alone: it changes the norm {layer}, which is one for all pixels",
            hint="choose another LoRA for this region",
        )
    try:
        return factored(*difference_of(parts, module.weight))
    except ModelError as error:
        raise ModelError(f"cannot use the LoRA {name} at {layer}: {error}", hint="the file may be damaged") from error


def _called(place: int, layer: str, network: torch.nn.Module) -> tuple[str, ...]:
    """What files call a layer: of the UNet by diffusers' name or by that of the original layout."""
    flat = layer.replace(".", "_")
    if place > 0:
        flat = flat if flat.startswith("text_model_") else f"text_model_{flat}"
        return tuple(prefix + flat for prefix in TEXT_PREFIXES[place - 1])
    original = original_name(flat, getattr(network.config, "layers_per_block", 2))
    return tuple(UNET_PREFIX + one for one in (flat, original) if one is not None)


def original_name(flat: str, blocks: int) -> str | None:
    """A layer's name in the original layout of Stable Diffusion, with `_` for the points, None where it has none.

    `flat` is diffusers' name, with `_` too; `blocks` how many ResNet blocks each level of the way down has.
    """
    for pattern, rename in _PLACES:
        if match := pattern.fullmatch(flat):
            return rename(match, blocks)
    return None


def _inner(kind: str, rest: str) -> str:
    return rest if kind == "attentions" else _INNER.get(rest, rest)


def _down(match: re.Match[str], blocks: int) -> str:
    level, kind, number, rest = int(match[1]), match[2], int(match[3]), match[4]
    return f"input_blocks_{1 + level * (blocks + 1) + number}_{int(kind == 'attentions')}_{_inner(kind, rest)}"


def _up(match: re.Match[str], blocks: int) -> str:
    level, kind, number, rest = int(match[1]), match[2], int(match[3]), match[4]
    return f"output_blocks_{level * (blocks + 1) + number}_{int(kind == 'attentions')}_{_inner(kind, rest)}"


def _middle(match: re.Match[str], _blocks: int) -> str:
    kind, number, rest = match[1], int(match[2]), match[3]
    return f"middle_block_{1 if kind == 'attentions' else 2 * number}_{_inner(kind, rest)}"


_PLACES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], int], str]], ...] = (
    (re.compile(r"conv_in"), lambda _match, _blocks: "input_blocks_0_0"),
    (re.compile(r"conv_out"), lambda _match, _blocks: "out_2"),
    (re.compile(r"down_blocks_(\d+)_(attentions|resnets)_(\d+)_(.+)"), _down),
    (re.compile(r"up_blocks_(\d+)_(attentions|resnets)_(\d+)_(.+)"), _up),
    (re.compile(r"mid_block_(attentions|resnets)_(\d+)_(.+)"), _middle),
    (
        re.compile(r"down_blocks_(\d+)_downsamplers_0_conv"),
        lambda match, blocks: f"input_blocks_{(int(match[1]) + 1) * (blocks + 1)}_0_op",
    ),
    (
        re.compile(r"up_blocks_(\d+)_upsamplers_0_conv"),
        lambda match, blocks: (
            f"output_blocks_{int(match[1]) * (blocks + 1) + blocks}_{int(int(match[1]) > 0) + 1}_conv"
        ),
    ),
)
