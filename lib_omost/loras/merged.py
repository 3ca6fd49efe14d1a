"""Layers whose weights may be summed with a ΔW beforehand: which they are, and the sums.

That is for layers that compute what torch's own do with the weights that they hold. Of torch's own classes that is
known; a host that has exchanged their forwards is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from lib_omost.attention.call import TensorForward
from lib_omost.autocast import autocast_dtype
from lib_omost.loras.convolution import convolution
from lib_omost.loras.difference import Difference

Weights = tuple[torch.Tensor, torch.Tensor | None]  # as the layer's own, and bias (out,) or None


@dataclass(frozen=True)
class Layer:
    """A linear layer or a convolution, the forward that it had, and whether that is torch's own."""

    module: Any
    own: TensorForward
    is_plain: bool

    @property
    def weights(self) -> Weights:
        """What it holds."""
        return self.module.weight, self.module.bias


def layer_of(module: Any, own: TensorForward) -> Layer | None:
    """The layer, None where it is of a kind that has no sums: in groups, or padded by a word."""
    kept = all(isinstance(getattr(module, name, None), torch.Tensor | None) for name in ("weight", "bias"))
    if not kept or getattr(module, "groups", 1) != 1 or isinstance(getattr(module, "padding", 0), str):
        return None
    forward = type(module).forward
    is_torch_s = forward in (torch.nn.Linear.forward, torch.nn.Conv2d.forward)
    return Layer(
        module, own, is_torch_s and "forward" not in vars(module) and forward.__module__.startswith("torch.nn.")
    )


def fits(module: Any, x: torch.Tensor) -> bool:
    """Whether it computes `x` as it is: on its device, and in its dtype or in that of autocast."""
    weight = module.weight
    if (
        weight is None
        or weight.device != x.device
        or weight.dtype not in (torch.float16, torch.bfloat16, torch.float32)
    ):
        return False
    return weight.dtype == x.dtype or autocast_dtype(x.device.type) is not None


def computed(module: Any, weights: Weights, x: torch.Tensor) -> torch.Tensor:
    """What torch's own layer gives with these weights."""
    if x.dim() == 3:
        return functional.linear(x, *weights)
    return convolution(module, *weights, x)


def wake(layer: Layer, x: torch.Tensor) -> None:
    """Call the layer's own forward for next to nothing: hosts bring weights up to date when a layer is called."""
    if not layer.is_plain:
        layer.own(x[:, :1] if x.dim() == 3 else x[:, :, : layer.module.kernel_size[0], : layer.module.kernel_size[1]])


@torch.no_grad()
def computes_with(layer: Layer, weights: Weights, x: torch.Tensor) -> bool:
    """Whether its own forward gives to the last bit what torch's gives with these weights."""
    if layer.is_plain:
        return True
    try:
        expected = computed(layer.module, weights, x)
    except RuntimeError:  # of another dtype than it computes in
        return False
    return torch.equal(layer.own(x), expected)


def changes_of(weights: Weights) -> tuple[int | None, ...]:
    """How often each was changed in place, None where torch does not count that (tensors of inference mode)."""
    return tuple(None if one is None or one.is_inference() else one._version for one in weights)


@torch.no_grad()
def merged(weights: Weights, changes: Sequence[Difference]) -> Weights:
    """W + ΣΔW and b + ΣΔb, in the layer's dtype; summed in single precision."""
    dtype = weights[0].dtype
    weight = weights[0].detach().float()
    bias = None if weights[1] is None else weights[1].detach().float()
    for one in changes:
        weight = weight + one.whole.to(weight.device).reshape(weight.shape)
        if one.bias is not None:
            bias = one.bias.to(weight.device) + (0 if bias is None else bias)
    return weight.to(dtype), None if bias is None else bias.to(dtype)
