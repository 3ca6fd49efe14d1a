"""LoRA files of every kind for the checkpoint of an installed WebUI, with random numbers, by its layers' own names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import torch
from safetensors import safe_open
from safetensors.torch import save_file

PREFIX = "model.diffusion_model."
LINEAR, CONVOLUTION = ("attn2.to_v.weight", "attn2.to_out.0.weight"), ("in_layers.2.weight",)
RANK = 4
STRENGTH = 0.5  # of what is added, beside the layer's own weight
Parts = dict[str, torch.Tensor]


def _lora(weight: torch.Tensor, draw: torch.Generator) -> Parts:
    down = torch.randn(RANK, *weight.shape[1:], generator=draw)
    up = torch.randn(weight.shape[0], RANK, *[1] * (weight.ndim - 2), generator=draw)
    return {"lora_down.weight": down, "lora_up.weight": up * _share(weight, up.flatten(1) @ down.flatten(1))}


def _loha(weight: torch.Tensor, draw: torch.Generator) -> Parts:
    (rows, columns) = weight.shape
    a, b = (torch.randn(rows, RANK, generator=draw) for _ in range(2))
    c, d = (torch.randn(RANK, columns, generator=draw) for _ in range(2))
    factor = _share(weight, (a @ c) * (b @ d))
    return {"hada_w1_a": a * factor, "hada_w1_b": c, "hada_w2_a": b, "hada_w2_b": d}


def _lokr(weight: torch.Tensor, draw: torch.Generator) -> Parts:
    (rows, columns) = weight.shape
    first = torch.randn(4, 4, generator=draw)
    second = torch.randn(rows // 4, columns // 4, generator=draw)
    return {"lokr_w1": first, "lokr_w2": second * _share(weight, torch.kron(first, second))}


def _dora(weight: torch.Tensor, draw: torch.Generator) -> Parts:
    parts = _lora(weight, draw)
    merged = weight + parts["lora_up.weight"] @ parts["lora_down.weight"]
    return {**parts, "dora_scale": merged.norm(dim=0, keepdim=True) * 1.1}


def _share(weight: torch.Tensor, added: torch.Tensor) -> float:
    return float(STRENGTH * weight.norm() / added.norm())


KINDS: Mapping[str, tuple[Callable[[torch.Tensor, torch.Generator], Parts], tuple[str, ...]]] = MappingProxyType(
    {
        "LoRA": (_lora, LINEAR),
        "LoCon": (_lora, (*LINEAR, *CONVOLUTION)),
        "LoHa": (_loha, LINEAR),
        "LoKr": (_lokr, LINEAR),
        "DoRA": (_dora, LINEAR),
    }
)


def write_lora(kind: str, checkpoint: Path, output: Path) -> None:
    """A file of that kind which changes the layers of an SD checkpoint in one file (kohya's names)."""
    make, ends = KINDS[kind]
    draw = torch.Generator().manual_seed(7)
    parts: Parts = {}
    for name, weight in _layers(checkpoint, ends):
        layer = "lora_unet_" + name.removeprefix(PREFIX).removesuffix(".weight").replace(".", "_")
        parts |= {f"{layer}.{part}": tensor.contiguous() for part, tensor in make(weight, draw).items()}
        parts[f"{layer}.alpha"] = torch.tensor(float(RANK))  # so that nothing is scaled
    save_file(parts, output, metadata={"ss_base_model_version": "sd_v1-5", "ss_output_name": output.stem})


def _layers(checkpoint: Path, ends: tuple[str, ...]) -> Iterator[tuple[str, torch.Tensor]]:
    with safe_open(checkpoint, framework="pt") as file:
        for name in sorted(file.keys()):
            if name.startswith(PREFIX) and name.endswith(ends):
                yield name, file.get_tensor(name).float()
