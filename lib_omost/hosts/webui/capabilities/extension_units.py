"""Units of A1111's ControlNet extension that are IP-Adapters, beside the regions.

The extension exchanges the forward of every cross-attention for one that adds what its adapters see to the host's own
attention, before the output projection. The regions take that attention's place, and the same is added to them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch

from lib_omost.attention.call import Forward
from lib_omost.errors import OmostError
from lib_omost.hosts.cross_attention import PROJECTIONS, CrossAttention
from lib_omost.hosts.denoiser import Layer, argument
from lib_omost.hosts.hooks import forward_replaced
from lib_omost.methods.method import Method

UNITS = (
    "ipadapter_hacks"  # of a layer: (layer, x, queries in heads) → (rows, H·W, heads·D), or 0.0 out of a unit's steps
)
Unit = Callable[[Any, torch.Tensor, torch.Tensor], Any]


def has_units(module: torch.nn.Module) -> bool:
    """Whether a layer's forward is one that adds what units see to attention, and there are such."""
    code = getattr(getattr(vars(module).get("forward"), "__func__", None), "__code__", None)
    return code is not None and UNITS in code.co_names and bool(getattr(module, UNITS, None))


def refuse_units(layers: Sequence[Layer], method: Method) -> None:
    """Raise OmostError for a method that calls for a region a row: a unit knows how many the host has."""
    if method.denoiser_call is not None and any(has_units(layer.module) for layer in layers):
        raise OmostError(
            f"the method {method.name} cannot stand beside an extension that computes attention, such as an IP-Adapter",
            hint="switch that extension off, or choose another method",
        )


@contextmanager
def beside_units(layers: Sequence[tuple[Layer, Sequence[Unit]]]) -> Iterator[None]:
    """In this block layers whose forward is ours by now add what these units see, as their own forward did."""
    with ExitStack() as undo:
        for layer, units in layers:
            assert isinstance(layer, CrossAttention)
            undo.enter_context(forward_replaced(layer.module, _adding(layer, layer.module.forward, units)))
        yield


@contextmanager
def units_taken_off(layers: Sequence[Layer]) -> Iterator[list[tuple[Layer, Sequence[Unit]]]]:
    """The layers that have units, and these; in this block the layers' own forward has none to add."""
    found = [(layer, list(getattr(layer.module, UNITS))) for layer in layers if has_units(layer.module)]
    try:
        for layer, _ in found:
            setattr(layer.module, UNITS, [])
        yield [(layer, units) for layer, units in found]
    finally:
        for layer, units in found:
            setattr(layer.module, UNITS, units)


def _asked(unit: Unit, module: Any, x: torch.Tensor, heads: torch.Tensor) -> Any:
    """What a unit sees, for the rows of this call: it keeps keys and values of the first one's, which were the
    conditional ones alone where regions make these longer than the others."""
    for cell in getattr(inspect.unwrap(unit), "__closure__", None) or ():
        if isinstance(kept := getattr(cell.cell_contents, "cache", None), dict):
            kept.clear()
    return unit(module, x, heads)


def _adding(layer: CrossAttention, own: Forward, units: Sequence[Unit]) -> Forward:
    def forward(*arguments: Any, **keywords: Any) -> Any:
        out = own(*arguments, **keywords)
        x = argument(arguments, keywords, 0, layer.arguments[0])
        heads = getattr(layer.module, PROJECTIONS[0])(x).unflatten(-1, (layer.module.heads, -1)).transpose(1, 2)
        seen = [made for unit in units if isinstance(made := _asked(unit, layer.module, x, heads), torch.Tensor)]
        if not seen:
            return out
        added = torch.stack([one.to(x.dtype) for one in seen]).sum(0)
        return out + (layer.to_out(added) - layer.to_out(torch.zeros_like(added))).to(out.dtype)

    return forward
