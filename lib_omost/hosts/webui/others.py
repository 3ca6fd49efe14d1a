"""Other extensions that work on cross-attention: who they are, and how their patches and ours stand together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from lib_omost.hosts.webui.host import Processing
from lib_omost.hosts.webui.unet import RegionalUNet, cross_attention_layers

Replacement = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, Any], torch.Tensor]
BLOCKS = {"input_blocks": "input", "middle_block": "middle", "output_blocks": "output"}


def hooked_by(unet: torch.nn.Module) -> str | None:
    """Why the UNet's layers leave no room for regions (A1111): another extension replaced a layer's forward."""
    for _, layer in cross_attention_layers(unet):
        forward = vars(layer).get("forward")
        if forward is not None:
            return f"another extension ({origin(forward)}) replaces the forward of cross-attention"
    return None


def patched_by(transformer_options: Mapping[str, Any]) -> str | None:
    """Why Forge's patches leave no room for regions: one changes what cross-attention reads or gives."""
    patches = transformer_options.get("patches", {})
    for name in ("attn2_patch", "attn2_output_patch"):
        for patch in patches.get(name, ()):
            return f"another extension ({origin(patch)}) changes what cross-attention reads"
    return None


def origin(patch: object) -> str:
    """The extension that a patch comes from: the name of its folder, else of its module."""
    function = getattr(patch, "func", patch)  # of a functools.partial
    code = getattr(function, "__code__", None) or getattr(type(patch).__call__, "__code__", None)
    parts = Path(code.co_filename).parts if code is not None else ()
    for folder in ("extensions", "extensions-builtin"):
        if folder in parts[:-1]:
            return parts[parts.index(folder) + 1]
    return str(getattr(function, "__module__", None) or type(patch).__module__)


@contextmanager
def beside_replacements(p: Processing, regional: RegionalUNet) -> Iterator[None]:
    """Let Forge's replacements of cross-attention (an IP-Adapter is one) stand beside the regions in this block.

    A layer with a replacement never calls its forward. What the replacement adds to the host's own attention is added
    to the regional one: out = regional + (replacement - attention). Without a replacement nothing is touched.
    """
    objects = getattr(p.sd_model, "forge_objects", None)
    replacements = {} if objects is None else _replacements(objects.unet)
    if objects is None or not replacements:
        yield
        return
    patcher = objects.unet
    layers = {_key(name): (name, layer) for name, layer in cross_attention_layers(regional.host.unet)}
    clone = patcher.clone()
    for (block, number, index), (name, layer) in layers.items():
        theirs = replacements.get((block, number, index)) or replacements.get((block, number))
        if theirs is not None:
            clone.set_model_attn2_replace(_joined(theirs, name, layer, regional), block, number, index)
    objects.unet = clone
    try:
        yield
    finally:
        if objects.unet is clone:
            objects.unet = patcher


def _replacements(patcher: Any) -> dict[tuple[Any, ...], Replacement]:
    options = patcher.model_options.get("transformer_options", {})
    return dict(options.get("patches_replace", {}).get("attn2", {}))


def _key(name: str) -> tuple[str, int, int]:
    """'input_blocks.4.1.transformer_blocks.0.attn2' → ('input', 4, 0), as Forge names a layer."""
    parts = name.split(".")
    number = int(parts[1]) if parts[0] != "middle_block" else 0
    return BLOCKS[parts[0]], number, int(parts[parts.index("transformer_blocks") + 1])


def _joined(theirs: Replacement, name: str, layer: Any, regional: RegionalUNet) -> Replacement:
    def replacement(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, options: Any) -> torch.Tensor:
        out = theirs(query, key, value, options)
        for run, rows in regional.call.groups:
            ours = regional.attend(name, layer, run, query[rows])
            out[rows] += (ours - _attention(query[rows], key[rows], value[rows], layer.heads)).to(out.dtype)
        return out

    return replacement


def _attention(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, heads: int) -> torch.Tensor:
    """Cross-attention as the host computes it: (rows, tokens, heads·D) each → (rows, H·W, heads·D)."""
    split = (tensor.unflatten(-1, (heads, -1)).transpose(1, 2) for tensor in (query, key, value))
    return torch.nn.functional.scaled_dot_product_attention(*split).transpose(1, 2).flatten(2)
