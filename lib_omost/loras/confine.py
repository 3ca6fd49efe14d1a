"""Regions' LoRA in a denoiser for one sampling run; every forward is put back after it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import torch

from lib_omost.attention.call import RegionalCall, TensorForward
from lib_omost.attention.context import Cells, RectLike
from lib_omost.errors import OmostError
from lib_omost.loras.difference import Difference
from lib_omost.loras.forwards import on_maps, on_pixels, on_time, receiving
from lib_omost.loras.run import LoraRun, Patch

Replaced = Callable[[Any, TensorForward], AbstractContextManager[None]]

# A block's projection of the time embedding, and the layer that its pixels go to next, in both layouts of a UNet.
_TIME = ((re.compile(r"emb_layers\.1$"), "out_layers.0"), (re.compile(r"time_emb_proj$"), "norm2"))
_EVERYWHERE = re.compile(r"^(?:time_embed|time_embedding|label_emb|add_embedding|class_embedding)\b")


def refuse_layers(name: str, denoiser: torch.nn.Module, layers: Mapping[str, Difference]) -> None:
    """Raise OmostError, with the LoRA's name, for a layer whose change no mask can hold within a region."""
    modules = dict(denoiser.named_modules())
    for layer in layers:
        kind = _kind(layer, modules, ())
        if kind is None:
            raise OmostError(
                f"the LoRA {name} cannot hold in a region alone: it changes {layer}, which is one for all pixels",
                hint="name it in the prompt box, where it holds for the whole picture, or choose another LoRA",
            )


@contextmanager
def confined(
    denoiser: torch.nn.Module,
    attentions: Collection[str],
    patches: Sequence[Patch],
    call: RegionalCall,
    replaced: Replaced,
) -> Iterator[LoraRun]:
    """Let the patches hold within their regions while the block runs, in all rows of the denoiser's calls.

    attentions: the names of cross-attention layers, whose keys and values `call` is told of until the block ends.
    `replaced` exchanges the forward of one module for its block. Raises OmostError inside the block where a layer is
    called for pixels that cannot be told.
    """
    run = LoraRun(tuple(patches), call)
    modules = dict(denoiser.named_modules())
    names = dict.fromkeys(name for patch in patches for name in patch.layers)
    with ExitStack() as undo:
        undo.callback(run.clear)
        undo.enter_context(call.parted(run.text_parts))
        receivers: dict[str, None] = {}
        for name in names:
            module, kind = modules[name], _kind(name, modules, attentions)
            own = module.forward
            if kind == "tokens":
                continue  # whoever attends asks the call's parts
            if kind == "maps":
                ours = on_maps(run, name, module, own)
            elif kind == "pixels":
                ours = on_pixels(run, name, module, own)
            else:
                assert kind is not None  # `refuse_layers` was asked
                receivers[kind] = None
                ours = on_time(run, name, kind, own)
            undo.enter_context(replaced(module, ours))
        for name in receivers:
            undo.enter_context(replaced(modules[name], receiving(run, name, modules[name].forward)))
        yield run


def joined(
    rect: RectLike, edge: float, loras: Sequence[tuple[float, Mapping[str, Difference]]], cells: Cells | None = None
) -> Patch:
    """The patch of a region with several LoRA, each with its weight."""
    layers: dict[str, list[Difference]] = {}
    for weight, differences in loras:
        for name, difference in differences.items():
            layers.setdefault(name, []).append(difference.scaled(weight))
    return Patch(rect, edge, layers, cells)


def _kind(name: str, modules: Mapping[str, Any], attentions: Collection[str]) -> str | None:
    """tokens, maps, pixels, the name of the layer behind a time embedding; None for a layer that has no place."""
    parent, _, last = name.rpartition(".")
    weight = getattr(modules[name], "weight", None)
    if _EVERYWHERE.match(name) or weight is None or weight.dim() not in (2, 4):
        return None
    if parent in attentions and last in ("to_k", "to_v"):
        return "tokens"
    if weight.dim() == 4:
        return "maps"
    for pattern, behind in _TIME:
        if pattern.search(name):
            receiver = pattern.sub(behind, name)
            return receiver if receiver in modules else None
    return "pixels"
