"""Write an SD1.x or SDXL pipeline as one file, as WebUIs read it: `python tools/export_checkpoint.py out.safetensors`.

Without `--checkpoint` it writes the mini checkpoint; with `--for` as a WebUI loads it: its networks are then made as
wide as that WebUI wants them, without changing what they compute. The layouts are those of CompVis/stable-diffusion and
Stability-AI/generative-models: the same numbers under other names, the VAE's attention as 1 × 1 convolutions, and
SDXL's second text encoder as OpenCLIP names it.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from widening.hosts import for_a1111, for_forge, found_from_a_webui

from lib_omost.disk import saved_in_place_of
from lib_omost.hosts.diffusers.checkpoint import load_checkpoint
from lib_omost.hosts.diffusers.shared.pipeline import Pipeline

RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
UNET_ENDS = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
OPEN_CLIP = {
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "self_attn.out_proj": "attn.out_proj",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
}
OPEN_CLIP_ENDS = {
    "embeddings.token_embedding.weight": "token_embedding.weight",
    "embeddings.position_embedding.weight": "positional_embedding",
    "final_layer_norm.weight": "ln_final.weight",
    "final_layer_norm.bias": "ln_final.bias",
}
VAE_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}


def unet_name(name: str, layers: int, attends: Sequence[bool]) -> str:
    """The name of a UNet tensor in a single file.

    `layers` is the number of resnets in a down block; `attends` says of each up block whether it has attention.
    """
    for ours, theirs in UNET_ENDS.items():
        if name.startswith(f"{ours}."):
            return theirs + name.removeprefix(ours)
    match = re.fullmatch(
        r"(down|mid|up)_block(?:s\.(\d+))?\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.+)", name
    )
    if match is None:
        raise ValueError(f"unknown UNet tensor {name!r}")
    side, block, kind, number, rest = match[1], int(match[2] or 0), match[3], int(match[4]), match[5]
    if kind == "resnets":
        rest = _renamed(rest, RESNET)
    if side == "mid":
        return f"middle_block.{1 if kind == 'attentions' else 2 * number}.{rest}"
    if side == "down":
        if kind == "downsamplers":
            return f"input_blocks.{(layers + 1) * (block + 1)}.0.{rest.replace('conv.', 'op.')}"
        return f"input_blocks.{(layers + 1) * block + number + 1}.{int(kind == 'attentions')}.{rest}"
    if kind == "upsamplers":
        return f"output_blocks.{(layers + 1) * block + layers}.{1 + int(attends[block])}.{rest}"
    return f"output_blocks.{(layers + 1) * block + number}.{int(kind == 'attentions')}.{rest}"


def vae_name(name: str, levels: int) -> str:
    """The name of a VAE tensor in a single file. `levels` is the number of resolutions."""
    name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    name = re.sub(r"encoder\.down_blocks\.(\d+)\.resnets\.(\d+)", r"encoder.down.\1.block.\2", name)
    name = re.sub(r"encoder\.down_blocks\.(\d+)\.downsamplers\.0", r"encoder.down.\1.downsample", name)
    up = re.match(r"decoder\.up_blocks\.(\d+)\.(resnets\.(\d+)|upsamplers\.0)", name)
    if up is not None:
        part = f"block.{up[3]}" if up[3] else "upsample"
        name = f"decoder.up.{levels - 1 - int(up[1])}.{part}{name[up.end() :]}"
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda match: f"mid.block_{int(match[1]) + 1}", name)
    attention = re.match(r"(encoder|decoder)\.mid_block\.attentions\.0\.", name)
    if attention is not None:
        name = f"{attention[1]}.mid.attn_1.{_renamed(name[attention.end() :], VAE_ATTENTION)}"
    return name


def _renamed(name: str, table: dict[str, str]) -> str:
    for ours, theirs in table.items():
        if name.startswith(f"{ours}."):
            return theirs + name.removeprefix(ours)
    return name


def open_clip_tensors(encoder: Pipeline) -> dict[str, torch.Tensor]:
    """SDXL's second text encoder as OpenCLIP names it, queries, keys and values in one matrix."""
    state = {name.removeprefix("text_model."): tensor for name, tensor in encoder.state_dict().items()}
    tensors = {"text_projection": state.pop("text_projection.weight").T, "logit_scale": torch.tensor(4.6)}
    tensors |= {theirs: state.pop(ours) for ours, theirs in OPEN_CLIP_ENDS.items()}
    for layer in range(encoder.config.num_hidden_layers):
        ours, theirs = f"encoder.layers.{layer}.", f"transformer.resblocks.{layer}."
        for kind in ("weight", "bias"):
            parts = [state.pop(f"{ours}self_attn.{part}_proj.{kind}") for part in "qkv"]
            tensors[f"{theirs}attn.in_proj_{kind}"] = torch.cat(parts)
        for name in [name for name in state if name.startswith(ours)]:
            tensors[theirs + _renamed(name.removeprefix(ours), OPEN_CLIP)] = state.pop(name)
    return tensors


def single_file_tensors(pipeline: Pipeline) -> dict[str, torch.Tensor]:
    """Every tensor of an SD1.x or SDXL pipeline under its name in a single file, and what says that it predicts v."""
    tensors = marks_of(pipeline.scheduler.config)
    unet = pipeline.unet.config
    attends = ["CrossAttn" in block for block in unet.up_block_types]
    for name, tensor in pipeline.unet.state_dict().items():
        tensors[f"model.diffusion_model.{unet_name(name, unet.layers_per_block, attends)}"] = tensor
    levels = len(pipeline.vae.config.block_out_channels)
    for name, tensor in pipeline.vae.state_dict().items():
        theirs = vae_name(name, levels)
        is_matrix = ".attn_1." in theirs and tensor.ndim == 2
        tensors[f"first_stage_model.{theirs}"] = tensor[:, :, None, None] if is_matrix else tensor
    second = getattr(pipeline, "text_encoder_2", None)
    first_prefix = "cond_stage_model.transformer" if second is None else "conditioner.embedders.0.transformer"
    for name, tensor in pipeline.text_encoder.state_dict().items():
        tensors[f"{first_prefix}.text_model.{name.removeprefix('text_model.')}"] = tensor
    if second is not None:
        tensors |= {f"conditioner.embedders.1.model.{name}": t for name, t in open_clip_tensors(second).items()}
    return {name: tensor.contiguous().cpu() for name, tensor in tensors.items()}


def marks_of(scheduler: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """Empty tensors, (0,) each: by their names a checkpoint in one file says that it predicts v, and that its schedule
    ends in noise alone (Lin et al. 2023, arXiv 2305.08891). None where ε is predicted."""
    if scheduler["prediction_type"] != "v_prediction":
        return {}
    names = ("v_pred", "ztsnr") if scheduler.get("rescale_betas_zero_snr") else ("v_pred",)
    return {name: torch.empty(0) for name in names}


def main() -> None:
    """Read the command line and write the file."""
    from safetensors.torch import save_file

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--checkpoint", type=Path, help="a diffusers folder; the mini checkpoint without it")
    parser.add_argument(
        "--for", dest="host", choices=["a1111", "forge"], help="write the mini checkpoint so that this WebUI loads it"
    )
    parser.add_argument(
        "--text-encoder",
        metavar="FOLDER",
        help="with --for a1111: where the WebUI, from its own folder on, finds the text encoder's configuration;"
        " default: beside the output if that lies in models/Stable-diffusion, else there",
    )
    arguments = parser.parse_args()
    if arguments.text_encoder and arguments.host != "a1111":
        parser.error("--text-encoder is for --for a1111: no other file names one")
    if arguments.host and arguments.checkpoint:
        parser.error("--for is for the mini checkpoint; a checkpoint of SD1.x or SDXL has the WebUIs' own sizes")
    if not arguments.output.parent.is_dir():
        parser.error(f"there is no folder {arguments.output.parent}")
    pipeline = load_checkpoint(arguments.checkpoint, torch.device("cpu"))
    dtype = torch.float16
    if arguments.host is not None:
        # A weight divided by the number of its copies is no number of half precision any more.
        dtype = torch.float32
        pipeline = pipeline.to(dtype)
        if arguments.host == "forge":
            for_forge(pipeline, arguments.output)
        else:
            folder = arguments.text_encoder or found_from_a_webui(arguments.output)
            for_a1111(pipeline, arguments.output, folder)
            print(f"The WebUI looks for the text encoder in {folder}, from its own folder on.")
    tensors = single_file_tensors(pipeline)
    cast = {name: tensor.to(dtype) for name, tensor in tensors.items()}
    saved_in_place_of(arguments.output, lambda file: save_file(cast, file))


if __name__ == "__main__":
    main()
