"""`bench lora --layers`: what LoRA of regions add to single layers of SDXL's width; a whole step takes too long."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from types import MappingProxyType
from typing import Any

import torch

from lib_omost.attention.call import RegionalCall
from lib_omost.hosts.hooks import forward_replaced
from lib_omost.loras.confine import confined
from lib_omost.loras.difference import Difference
from lib_omost.loras.run import Patch

ROWS = 2  # a picture's with and without its prompt
# As they are in a picture of 512 × 512 pixels.
LAYERS = (("linear", 640, 640, 32), ("linear", 1280, 1280, 16), ("linear", 640, 5120, 32), ("3 × 3", 640, 640, 32))
HALVES = ((0, 90, 0, 45), (0, 90, 45, 90))
FREE = ((10, 80, 5, 45), (20, 70, 55, 85))  # 53 of 100 of the picture
# Two regions and how soft their edges are, in cells.
LAYOUTS: Mapping[str, tuple[Sequence[tuple[int, int, int, int]], float]] = MappingProxyType(
    {"halves": (HALVES, 0), "halves, edge 10": (HALVES, 10), "halves, edge 20": (HALVES, 20)}
    | {"a part free": (FREE, 0), "a part free, edge 5": (FREE, 5)}
)


@dataclass(frozen=True)
class LayerCost:
    """How many times as long as by itself a layer takes, the median of pairs. rank: None of whole differences."""

    kind: str
    inner: int
    outer: int
    side: int
    rank: int | None
    layout: str
    ratio: float


class _Holder(torch.nn.Module):
    def __init__(self, layer: torch.nn.Module) -> None:
        super().__init__()
        self.layer = layer


def measure(rank: int, rounds: int) -> list[LayerCost]:
    """Each layer under each layout, with LoRA of that rank and with whole differences, on the CPU in float32.

    By the time of this program alone, layer and layer with LoRA in turns. Raises ValueError for less than one round.
    """
    if rounds < 1:
        raise ValueError(f"a measurement needs at least one round, not {rounds}")
    found = []
    for kind, inner, outer, side in LAYERS:
        layer: Any = torch.nn.Linear(inner, outer) if kind == "linear" else torch.nn.Conv2d(inner, outer, 3, padding=1)
        for narrow in (rank, None):
            for layout in LAYOUTS:
                ratio = _ratio(layer, side, narrow, layout, rounds)
                found.append(LayerCost(kind, inner, outer, side, narrow, layout, ratio))
    return found


def format_table(costs: Sequence[LayerCost]) -> str:
    """The ratios as text for people, a line for each layer and kind of file."""
    lines = [f"{'layer':<30}" + "".join(f"{layout:>21}" for layout in LAYOUTS)]
    for first in range(0, len(costs), len(LAYOUTS)):
        row = costs[first : first + len(LAYOUTS)]
        one = row[0]
        kind = "whole" if one.rank is None else f"rank {one.rank}"
        title = f"{one.kind} {one.inner} → {one.outer}, {one.side}², {kind}"
        lines.append(f"{title:<30}" + "".join(f"{cost.ratio:>19.2f} ×" for cost in row))
    return "\n".join(lines)


def _ratio(layer: Any, side: int, rank: int | None, layout: str, rounds: int) -> float:
    rects, edge = LAYOUTS[layout]
    shape = (ROWS, layer.weight.shape[1], side, side)
    x = torch.randn(shape) if layer.weight.dim() == 4 else torch.randn(shape).flatten(2).transpose(1, 2).contiguous()
    patches = [Patch(rect, edge, {"layer": [_change(layer.weight, rank)]}) for rect in rects]
    call = RegionalCall(side, side)
    call.begin([None] * ROWS)
    own, pairs = layer.forward, []
    with torch.no_grad(), confined(_Holder(layer), (), patches, call, forward_replaced):
        layer(x)  # pays for what is kept
        for _ in range(rounds):
            begun = time.process_time()
            own(x)
            between = time.process_time()
            layer(x)
            pairs.append((time.process_time() - between) / (between - begun))
    return median(pairs)


def _change(weight: torch.Tensor, rank: int | None) -> Difference:
    if rank is None:
        return Difference(torch.randn_like(weight) * 0.01)
    return Difference(torch.randn(rank, *weight.shape[1:]) * 0.1, torch.randn(len(weight), rank) * 0.01)
