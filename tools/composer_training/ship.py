"""What a run leaves to be shipped: its averaged weights, in 8 bits a number where they are matrices."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from lib_omost.chat.local.adapter import SCALE

ADAPTER = "adapter.safetensors"


def write_weights(path: Path, average: dict[str, torch.Tensor]) -> int:
    """Save weights; a matrix as int8 with one scale a row (its largest magnitude / 127). Returns the file's bytes."""
    parts: dict[str, torch.Tensor] = {}
    for name, weight in ((name, weight.cpu()) for name, weight in average.items()):
        if weight.ndim != 2:
            parts[name] = weight.to(torch.float16).contiguous()
            continue
        scale = weight.float().abs().amax(1, keepdim=True).clamp(min=1e-12) / 127
        parts[name] = (weight.float() / scale).round().to(torch.int8).contiguous()
        parts[name + SCALE] = scale.to(torch.float32).contiguous()
    save_file(parts, path)
    return path.stat().st_size


def put_into(weights: dict[str, nn.Parameter], values: dict[str, torch.Tensor]) -> None:
    """Give trained parameters these values."""
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(values[name])
