"""The forwards that take the place of a layer's own where regions' LoRA change it: base + Σ mask · (ΔW·x + Δb).

Each gives the layer's own numbers to the last bit where every mask is 0. `own` is the layer's forward.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from lib_omost.attention.call import TensorForward
from lib_omost.attention.places import Box
from lib_omost.errors import OmostError
from lib_omost.loras.convolution import convolved, size_of
from lib_omost.loras.difference import Difference
from lib_omost.loras.merged import layer_of
from lib_omost.loras.run import LoraRun

NONE: frozenset[int] = frozenset()


def on_pixels(run: LoraRun, name: str, module: Any, own: TensorForward) -> TensorForward:
    """A linear layer of pixels, (rows, H·W, C) → (rows, H·W, C')."""
    layer = layer_of(module, own)

    def forward(x: torch.Tensor, *rest: Any, **named: Any) -> torch.Tensor:
        _refuse_other_rows(run, x)
        height, width = run.call.size(x.shape[1])
        mix = None if rest or named else run.mix(name, layer, height, width, x)
        if mix is not None:
            out, summed = mix.of_pixels(x), mix.summed
        else:
            out, summed = own(x, *rest, **named).contiguous(), NONE
        plan = run.plan(name, height, width, out, summed)
        x = x.to(out.dtype)
        if plan.stacked is not None and plan.stacked.up is not None:
            narrow = functional.linear(x, plan.stacked.down.flatten(1)).mul_(plan.mask)
            out.view(-1, out.shape[-1]).addmm_(narrow.to(out.dtype).flatten(0, 1), plan.stacked.up.t())
        if plan.apart:
            seen, changed = (tensor.unflatten(1, (height, width)) for tensor in (x, out))
            for held in plan.apart:
                box = held.box
                # As one product: of a view torch makes one for every line of pixels.
                seen_here = seen[:, box.top : box.bottom, box.left : box.right].contiguous()
                counts = None if held.weights is None else held.weights[..., None]
                here = changed[:, box.top : box.bottom, box.left : box.right]
                here.add_(held.difference.of(seen_here, counts))
        return out

    return forward


def on_maps(run: LoraRun, name: str, module: Any, own: TensorForward) -> TensorForward:
    """A convolution, (rows, C, H, W) → (rows, C', H', W'); apart, only what the box of each mask needs is convolved."""
    layer = layer_of(module, own)

    def forward(x: torch.Tensor, *rest: Any, **named: Any) -> torch.Tensor:
        size = None if rest or named or layer is None else size_of(module, x)
        mix = None if size is None else run.mix(name, layer, *size, x)
        if mix is not None and size is not None:
            out, summed = mix.of_maps(module, x, *size), mix.summed
        else:
            out, summed = own(x, *rest, **named), NONE
        height, width = out.shape[-2:]
        plan = run.plan(name, height, width, out, summed)
        x = x.to(out.dtype)
        if plan.stacked is not None and plan.stacked.up is not None:
            narrow = _changed(module, Difference(plan.stacked.down), x, Box(0, height, 0, width))
            _add_channels(plan.stacked.up, narrow.mul_(plan.mask), out)
        for held in plan.apart:
            box = held.box
            here = out[..., box.top : box.bottom, box.left : box.right]
            here.add_(_changed(module, held.difference, x, box, held.weights))
        return out

    return forward


def on_time(run: LoraRun, name: str, receiver: str, own: TensorForward) -> TensorForward:
    """A projection of the time embedding, (rows, C) → (rows, C'), which every pixel of a block is given.

    What changes waits for the layer that the block's pixels go to next: `receiving`.
    """
    patches = [patch for patch in run.patches if name in patch.layers]

    def forward(x: torch.Tensor, *rest: Any, **named: Any) -> torch.Tensor:
        added = [(patch, sum(run.ready(one, x).of(x) for one in patch.layers[name])) for patch in patches]
        run.waiting[receiver] = added  # type: ignore[assignment]
        return own(x, *rest, **named)

    return forward


def receiving(run: LoraRun, name: str, own: TensorForward) -> TensorForward:
    """The layer that gets a block's pixels (rows, C, H, W) behind the time embedding."""

    def forward(x: torch.Tensor, *rest: Any, **named: Any) -> torch.Tensor:
        waiting = run.waiting.pop(name, [])
        if waiting:
            x = x.clone()
        height, width = x.shape[-2:]
        for patch, added in waiting:
            box, weights = run.place(patch, height, width).box, run.weights(patch, height, width, x)
            spread = added[..., None, None].to(x.dtype)
            x[..., box.top : box.bottom, box.left : box.right] += spread if weights is None else spread * weights
        return own(x, *rest, **named)

    return forward


def _add_channels(up: torch.Tensor, narrow: torch.Tensor, out: torch.Tensor) -> None:
    """out += up · narrow, (rows, r, H, W) → (rows, C', H, W)."""
    if out.is_contiguous():
        narrow = narrow.to(out.dtype).flatten(2)
        out.view(*out.shape[:2], -1).baddbmm_(up.expand(len(out), -1, -1), narrow)
    else:
        out += functional.conv2d(narrow, up[..., None, None])


def _changed(
    module: Any, difference: Difference, x: torch.Tensor, box: Box, counts: torch.Tensor | None = None
) -> torch.Tensor:
    """ΔW * x + Δb on the output's box, (rows, C', h, w); times `counts` (h, w), where there are some."""
    kernel = difference.down if difference.down.dim() == 4 else difference.down[..., None, None]
    if difference.up is None:
        out = convolved(module, kernel, difference.bias, x, box)
    else:
        out = convolved(module, kernel, None, x, box)
        if counts is not None and difference.bias is None:  # the factors between are fewer than what comes out
            out, counts = out.mul_(counts), None
        out = functional.conv2d(out, difference.up[..., None, None], difference.bias)
    return out if counts is None else out.mul_(counts)


def _refuse_other_rows(run: LoraRun, x: torch.Tensor) -> None:
    if x.dim() != 3 or len(x) > run.call.rows:
        raise OmostError(
            f"LoRA of a region cannot be drawn: a layer was called for {len(x)} rows and the UNet for {run.call.rows}",
            hint="switch off hypertiling, or other extensions that work on attention",
        )
