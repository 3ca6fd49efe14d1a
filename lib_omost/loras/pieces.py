"""A layer in pieces: where regions with LoRA tile the picture, each has its patched weight W + ΔW, and no pixel two.

That is one product of the layer's own size in place of two. It is for layers of torch's own classes alone: a host that
has exchanged their forwards may compute with other weights than they hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from lib_omost.attention.places import Box, Place
from lib_omost.loras.difference import Difference


class Piece(NamedTuple):
    """What the layer computes with in `box`: weight as the layer's own, bias (out,) or None."""

    box: Box
    weight: torch.Tensor
    bias: torch.Tensor | None


def is_plain(module: torch.nn.Module) -> bool:
    """Whether its forward is torch's own, with the weight that it holds and nothing else."""
    own = type(module).forward
    if own not in (torch.nn.Linear.forward, torch.nn.Conv2d.forward) or "forward" in vars(module):
        return False
    return own.__module__.startswith("torch.nn.") and getattr(module, "groups", 1) == 1


def fits(module: Any, x: torch.Tensor) -> bool:
    """Whether it computes `x` as it is: on its device, in its dtype."""
    weight = module.weight
    is_alike = (weight.device, weight.dtype) == (x.device, x.dtype) and weight.is_floating_point()
    return is_alike and not torch.is_autocast_enabled(x.device.type)


def tiles(places: Sequence[Place], height: int, width: int) -> bool:
    """Whether the boxes, of which equal ones are one, cover every pixel once, and hold in all of their own."""
    if any(place.weights is not None for place in places):
        return False
    boxes = {place.box for place in places}
    if sum(box.area for box in boxes) != height * width:
        return False
    covered = torch.zeros(height, width, dtype=torch.bool)
    for box in boxes:
        covered[box.slices] = True
    return bool(covered.all())


def pays_merged(changes: Sequence[Difference]) -> bool:
    """Whether one of them is whole: then W + ΔW takes the memory that ΔW takes by itself, and narrow ones go along."""
    return not all(one.is_narrow for one in changes)


def merged(module: Any, changes: Sequence[Difference]) -> tuple[torch.Tensor, torch.Tensor | None]:
    """W + ΣΔW and b + ΣΔb, in the layer's dtype; summed in single precision."""
    weight = module.weight.detach().float()
    bias = None if module.bias is None else module.bias.detach().float()
    for one in changes:
        weight = weight + one.whole.to(weight.device).reshape(weight.shape)
        if one.bias is not None:
            bias = one.bias.to(weight.device) + (0 if bias is None else bias)
    return weight.to(module.weight.dtype), None if bias is None else bias.to(module.weight.dtype)
