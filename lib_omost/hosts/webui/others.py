"""Other extensions that work on cross-attention: who they are, and how their patches and ours stand together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from lib_omost.attention.call import RegionalCall
from lib_omost.hosts.cross_attention import CrossAttention
from lib_omost.hosts.webui.capabilities.denoiser import WebUIDenoiser, patcher_of
from lib_omost.hosts.webui.processing import Processing

Replacement = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, Any], torch.Tensor]
BLOCKS = {"input_blocks": "input", "middle_block": "middle", "output_blocks": "output"}


def taken_by(denoiser: WebUIDenoiser, patcher: Any) -> str | None:
    """Why another extension leaves no room for regions in the denoiser (behind its patcher, if it has one), or None."""
    return _patched_by(patcher) or _hooked_by(denoiser)


def _patched_by(patcher: Any) -> str | None:
    """A patch changes what cross-attention reads or gives."""
    patches = _transformer_options(patcher).get("patches", {})
    for name in ("attn2_patch", "attn2_output_patch"):
        for patch in patches.get(name, ()):
            return f"another extension ({origin(patch)}) changes what cross-attention reads"
    return None


def _hooked_by(denoiser: WebUIDenoiser) -> str | None:
    """A layer's forward is another's."""
    for layer in denoiser.layers:
        forward = vars(layer.module).get("forward")
        if forward is not None:
            return f"another extension ({origin(forward)}) replaces the forward of cross-attention"
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
def beside_replacements(p: Processing, denoiser: WebUIDenoiser, call: RegionalCall) -> Iterator[None]:
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
    for layer in denoiser.layers:
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


def _transformer_options(patcher: Any) -> Mapping[str, Any]:
    options: Mapping[str, Any] = {} if patcher is None else patcher.model_options.get("transformer_options", {})
    return options


def _replacements(patcher: Any) -> dict[tuple[Any, ...], Replacement]:
    return dict(_transformer_options(patcher).get("patches_replace", {}).get("attn2", {}))


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
