"""GLIGEN's layers in a UNet of diffusers: whether it has them, and how they come into it from a file.

Published in two forms: a diffusers folder whose UNet says so itself (`attention_type`), and files in the original
layout, a whole checkpoint or these layers alone, to stand beside any SD1.x checkpoint: `position_net.…` and
`input_blocks.1.1.transformer_blocks.0.fuser.…`, perhaps behind `model.diffusion_model.`. What is within a layer has the
same names in both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from lib_omost.errors import BadInputError, ModelError, OmostError
from lib_omost.hosts.diffusers.shared.weights import read_tensors
from lib_omost.reasons import reason

FUSER = "fuser"  # the layer's name within a block
GATED = "gated"  # attention_type of a UNet whose layers take boxes with phrases
PHRASES = "position_net.null_positive_feature"  # what only those have that take a phrase a box
_BLOCK = re.compile(r"(input_blocks|middle_block|output_blocks)\.(\d+)\.(?:1\.)?(transformer_blocks\.\d+\.fuser\..+)")
_HINT = "one of GLIGEN for boxes with text, made for SD1.x, is needed: gligen_sd14_textbox_pruned.safetensors"


def has_layers(unet: Any) -> bool:
    """Whether a UNet has them."""
    own = type(getattr(unet, "position_net", None)).__name__ == "GLIGENTextBoundingboxProjection"
    return own and unet.config.get("attention_type") == GATED


def says_layers(folder: Path) -> bool:
    """Whether a diffusers folder says that its UNet has them; not where that cannot be read."""
    try:
        told = json.loads((folder / "unet" / "config.json").read_text(encoding="utf-8"))
        return bool(told.get("attention_type") == GATED)
    except (OSError, ValueError, AttributeError, RecursionError):
        return False


def are_layers(names: Iterable[str]) -> bool:
    """Whether those are among the tensors of a checkpoint in the original layout."""
    return any(name.endswith(PHRASES) for name in names)


def add_layers_of(unet: Any, file: Path) -> None:
    """Give a UNet the layers of a file in the original layout.

    Raises BadInputError for one without them or for another kind of model, ModelError for one that cannot be read.
    """
    try:
        tensors = read_tensors(file)
    except OmostError:
        raise
    except Exception as error:  # whatever a damaged or missing file makes safetensors or torch raise
        raise ModelError(f"cannot read {file}: {reason(error)}", hint="the file may be missing or damaged") from error
    add_layers(unet, tensors, file.name)


def add_layers(unet: Any, tensors: Mapping[str, torch.Tensor], told: str) -> None:
    """The same, from tensors by name, others among them; `told` is what they are called."""
    from diffusers.models.attention import GatedSelfAttentionDense
    from diffusers.models.embeddings import GLIGENTextBoundingboxProjection

    if not are_layers(tensors):
        raise BadInputError(f"{told} has no grounded layers for boxes with text", hint=_HINT)
    known = {place: tensor for name, tensor in tensors.items() if (place := place_of(name, unet)) is not None}
    made = {}
    try:
        features = known[PHRASES].shape[0], known["position_net.linears.4.weight"].shape[0]
        made["position_net"] = GLIGENTextBoundingboxProjection(*features)
        for name, block in blocks_of(unet):
            attn = block.attn1
            heads, width = attn.heads, attn.to_q.out_features
            made[f"{name}.{FUSER}"] = GatedSelfAttentionDense(width, features[1], heads, width // heads)
        for name, module in made.items():
            own = {key.removeprefix(f"{name}."): one for key, one in known.items() if key.startswith(f"{name}.")}
            module.load_state_dict(own)
    except (LookupError, RuntimeError) as error:  # a tensor that lacks, or of another shape
        raise BadInputError(f"{told} does not fit this checkpoint: {reason(error)}", hint=_HINT) from error
    put_in(unet, made)
    unet.register_to_config(attention_type=GATED)


def blocks_of(unet: Any) -> list[tuple[str, Any]]:
    """Name and module of each block that has such a layer, in the order of the original layout: down, middle, up."""
    from diffusers.models.attention import BasicTransformerBlock

    found = [(name, one) for name, one in unet.named_modules() if isinstance(one, BasicTransformerBlock)]
    return sorted(found, key=lambda one: ("down", "mid_", "up_b").index(one[0][:4]))


def put_in(unet: Any, made: Mapping[str, Any]) -> None:
    """Modules by the names that they have in the UNet, on its device and in its precision."""
    for name, module in made.items():
        parent, _, own_name = name.rpartition(".")
        unet.get_submodule(parent).add_module(own_name, module.to(unet.device, unet.dtype).eval())


def place_of(name: str, unet: Any) -> str | None:
    """Where a tensor of the original layout, or of diffusers', stands in diffusers'; None for one of no such layer."""
    name = name.removeprefix("model.diffusion_model.")
    if name.startswith("position_net.") or (f".{FUSER}." in name and name.startswith(("down_", "mid_", "up_"))):
        return name
    found = _BLOCK.fullmatch(name)
    if found is None:
        return None
    side, number, rest = found[1], int(found[2]), found[3]
    per_block = unet.config.layers_per_block + 1
    if side == "middle_block":
        return f"mid_block.attentions.0.{rest}"
    if side == "input_blocks":
        block, layer = divmod(number - 1, per_block)
        return f"down_blocks.{block}.attentions.{layer}.{rest}"
    block, layer = divmod(number, per_block)
    return f"up_blocks.{block}.attentions.{layer}.{rest}"
