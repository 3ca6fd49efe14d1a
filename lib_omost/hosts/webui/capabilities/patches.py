"""How the denoiser is patched: by a patcher, in the Forge family, on which other extensions hang patches too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from lib_omost.attention.call import RegionalCall
from lib_omost.errors import OmostError
from lib_omost.hosts.cross_attention import CrossAttention
from lib_omost.hosts.denoiser import Layer
from lib_omost.hosts.webui.capabilities.processing import Processing
from lib_omost.methods.method import Method

Replacement = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, Any], torch.Tensor]
BLOCKS = {"input_blocks": "input", "middle_block": "middle", "output_blocks": "output"}


def patcher_of(model: Any) -> Any:
    """What the UNet is behind; None where it stands in the model itself."""
    return getattr(getattr(model, "forge_objects", None), "unet", None)


def transformer_options(patcher: Any) -> Mapping[str, Any]:
    """What hangs on a patcher: `patches` by name, and `patches_replace` by layer."""
    options: Mapping[str, Any] = {} if patcher is None else patcher.model_options.get("transformer_options", {})
    return options


def refuse_replacements(model: Any, method: Method) -> None:
    """Raise OmostError where a patch computes attention in the layers of a method that must compute it itself.

    A method that calls for a region a row has other rows than the host told the patch of.
    """
    replaced = transformer_options(patcher_of(model)).get("patches_replace", {})
    if (method.pixels is not None and replaced.get("attn1")) or (
        method.denoiser_call is not None and (replaced.get("attn1") or replaced.get("attn2"))
    ):
        raise OmostError(
            f"the method {method.name} cannot stand beside an extension that computes attention, such as an IP-Adapter",
            hint="switch that extension off, or choose another method",
        )


def computes_attention(model: Any) -> bool:
    """Whether a patch computes attention in any layer, so that what has a gradient there is not ours."""
    replaced = transformer_options(patcher_of(model)).get("patches_replace", {})
    return bool(replaced.get("attn1") or replaced.get("attn2"))


@contextmanager
def beside_replacements(p: Processing, layers: Sequence[Layer], call: RegionalCall) -> Iterator[None]:
    """Let Forge's replacements of cross-attention (an IP-Adapter is one) stand beside the regions in this block.

    A layer with a replacement never calls its forward. What the replacement adds to the host's own attention is added
    to the regional one: out = regional + (replacement - attention). Without a replacement nothing is touched.
    """
    patcher = patcher_of(p.sd_model)
    replacements = _replacements(patcher)
    if not replacements:
        yield
        return
    objects = p.sd_model.forge_objects
    clone = patcher.clone()
    for layer in layers:
        if not isinstance(layer, CrossAttention) or not layer.name.startswith(tuple(BLOCKS)):
            continue  # replacements are known by a UNet's blocks
        block, number, index = _key(layer.name)
        theirs = replacements.get((block, number, index)) or replacements.get((block, number))
        if theirs is not None:
            clone.set_model_attn2_replace(_joined(theirs, layer, call), block, number, index)
    objects.unet = clone
    try:
        yield
    finally:
        if objects.unet is clone:
            objects.unet = patcher


def _replacements(patcher: Any) -> dict[tuple[Any, ...], Replacement]:
    return dict(transformer_options(patcher).get("patches_replace", {}).get("attn2", {}))


def _key(name: str) -> tuple[str, int, int]:
    """'input_blocks.4.1.transformer_blocks.0.attn2' → ('input', 4, 0), as Forge names a layer."""
    parts = name.split(".")
    number = int(parts[1]) if parts[0] != "middle_block" else 0
    return BLOCKS[parts[0]], number, int(parts[parts.index("transformer_blocks") + 1])


def _joined(theirs: Replacement, layer: CrossAttention, call: RegionalCall) -> Replacement:
    def replacement(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, options: Any) -> torch.Tensor:
        out = theirs(query, key, value, options)
        for run, rows in call.groups:
            ours = layer.attend(call, run, query[rows])
            out[rows] += (ours - _attention(query[rows], key[rows], value[rows], layer.module.heads)).to(out.dtype)
        return out

    return replacement


def _attention(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, heads: int) -> torch.Tensor:
    """Cross-attention as the host computes it: (rows, tokens, heads·D) each → (rows, H·W, heads·D)."""
    split = (tensor.unflatten(-1, (heads, -1)).transpose(1, 2) for tensor in (query, key, value))
    return torch.nn.functional.scaled_dot_product_attention(*split).transpose(1, 2).flatten(2)
