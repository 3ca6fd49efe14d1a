"""InstanceDiffusion's layers in the published layout, random and small, beside the tiny SD1.x."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch

from tests.hosts.tiny_gligen import TEXT, layers_in_the_original_layout, tiny_sd1

PLACES = {"position": 16 * 2 * 4, "point": 16 * 2 * 2, "scribble": 16 * 2 * 20 * 2, "polygon": 16 * 2 * 256 * 2}
SEG, SEG_TOKENS, MIDDLE = 24, 64, 16


def instance_tensors(exporter: Any) -> dict[str, torch.Tensor]:
    """By their flat names, as the authors' checkpoint holds them."""
    random = torch.Generator().manual_seed(9)

    def some(*shape: int, scale: float = 1.0) -> torch.Tensor:
        return torch.randn(*shape, generator=random) * scale

    gated = tiny_sd1().unet
    layers = layers_in_the_original_layout(gated, exporter)
    tensors = {name: one for name, one in layers.items() if ".fuser." in name}
    tensors |= {"position_net.null_positive_feature": some(TEXT), "position_net.null_seg_feature": some(SEG)}
    tensors["position_net.pos_embedding"] = some(1, SEG_TOKENS, SEG)
    inputs = [TEXT + size for size in PLACES.values()] + [SEG]
    tensors |= {f"position_net.null_{kind}_feature": some(size) for kind, size in PLACES.items()}
    for number, size in enumerate(inputs):
        for place, wide in ((0, size), (2, MIDDLE), (4, MIDDLE)):
            out = TEXT if place == 4 else MIDDLE
            tensors[f"position_net.linears_list.{number}.{place}.weight"] = some(out, wide, scale=wide**-0.5)
            tensors[f"position_net.linears_list.{number}.{place}.bias"] = some(out, scale=0.1)
    tensors["position_net.in_conv.weight"] = some(3, 30, 3, 3)  # what reads masks, which no box needs
    width, number = gated.mid_block.resnets[-1].out_channels, 0
    for block in gated.up_blocks:
        for resnet in block.resnets:
            tensors |= {f"scaleu_b_{number}": some(width, scale=0.5), f"scaleu_s_{number}": some(1)}
            width, number = resnet.out_channels, number + 1
    return tensors


def three_files(tensors: dict[str, torch.Tensor], folder: Path) -> Path:
    """The same, as the folder on the hub has them."""
    fusers: dict[str, dict[str, Any]] = {"input_blocks": {}, "middle_block": {}, "output_blocks": {}}
    scales: dict[str, dict[str, torch.Tensor]] = {}
    positions = {}
    numbered = sorted(tensors, key=lambda name: [int(part) if part.isdigit() else 0 for part in name.split(".")])
    for name in numbered:
        if found := re.match(r"(input|middle|output)_blocks?\.(\d+)\..*fuser\.(.+)", name):
            side = next(one for one in fusers if one.startswith(found[1]))
            of_block = fusers[side].setdefault(found[2], {"params": {"n_heads": 2}, "state": {}})
            of_block["state"][found[3]] = tensors[name]
        elif found := re.match(r"scaleu_([bs])_(\d+)", name):
            scales.setdefault(found[2], {})[f"scaleu_{found[1]}"] = tensors[name]
        else:
            positions[name.removeprefix("position_net.")] = tensors[name]
    for file, content in (("position_net.ckpt", positions), ("fusers.ckpt", fusers), ("scaleu.ckpt", scales)):
        torch.save(content, folder / file)
    return folder
