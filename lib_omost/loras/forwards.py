"""The forwards that take the place of a layer's own where regions' LoRA change it: base + Σ mask · (ΔW·x + Δb).

Each gives the layer's own numbers to the last bit where every mask is 0. `own` is the layer's forward.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from lib_omost.attention.call import TensorForward
from lib_omost.attention.layout import Box, Place, filled
from lib_omost.errors import OmostError
from lib_omost.loras.difference import Difference
from lib_omost.loras.run import LoraRun, Window, linear


def on_pixels(run: LoraRun, name: str, own: TensorForward) -> TensorForward:
    """A linear layer of pixels, (rows, H·W, C) → (rows, H·W, C')."""
    patches = [patch for patch in run.patches if name in patch.layers]

    def forward(x: torch.Tensor, *rest: Any, **named: Any) -> torch.Tensor:
        out = own(x, *rest, **named)
        _refuse_other_rows(run, x)
        height, width = run.size(x.shape[1])
        window = run.window.box if run.window is not None else Box(0, height, 0, width)
        stacked = run.stacked(name, height, width, x)
        if stacked is not None:
            mask = stacked.mask[window.slices].reshape(x.shape[1], -1)
            return out.add_(functional.linear(functional.linear(x, stacked.down) * mask, stacked.up).to(out.dtype))
        seen, changed = (_grid(tensor, window) for tensor in (x, out))
        for patch in patches:
            part, inside = _part_of(run.place(patch, height, width), window)
            if part is None:
                continue
            weights = run.weights(patch, height, width, out)
            for difference in patch.layers[name]:
                added = linear(run.ready(difference, x), seen[:, part.top : part.bottom, part.left : part.right])
                added = added if weights is None else added * weights[inside][..., None]
                changed[:, part.top : part.bottom, part.left : part.right] += added.to(out.dtype)
        return changed.flatten(1, 2)

    return forward


def on_maps(run: LoraRun, name: str, module: Any, own: TensorForward) -> TensorForward:
    """A convolution, (rows, C, H, W) → (rows, C', H', W'); only what the box of each mask needs is convolved."""
    patches = [patch for patch in run.patches if name in patch.layers]

    def forward(x: torch.Tensor, *rest: Any, **named: Any) -> torch.Tensor:
        out = own(x, *rest, **named)
        height, width = out.shape[-2:]
        for patch in patches:
            box, weights = run.place(patch, height, width).box, run.weights(patch, height, width, out)
            for difference in patch.layers[name]:
                added = _convolved(module, run.ready(difference, x), x, box)
                added = added if weights is None else added * weights
                out[..., box.top : box.bottom, box.left : box.right] += added.to(out.dtype)
        return out

    return forward


def on_time(run: LoraRun, name: str, receiver: str, own: TensorForward) -> TensorForward:
    """A projection of the time embedding, (rows, C) → (rows, C'), which every pixel of a block is given.

    What changes waits for the layer that the block's pixels go to next: `receiving`.
    """
    patches = [patch for patch in run.patches if name in patch.layers]

    def forward(x: torch.Tensor, *rest: Any, **named: Any) -> torch.Tensor:
        added = [(patch, sum(linear(run.ready(one, x), x) for one in patch.layers[name])) for patch in patches]
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


def on_tokens(run: LoraRun, name: str, own: TensorForward) -> TensorForward:
    """Keys or values of tokens that all pixels of the window see, (rows, T, C) → (rows, T, C')."""

    def forward(tokens: torch.Tensor, *rest: Any, **named: Any) -> torch.Tensor:
        out = own(tokens, *rest, **named)
        return out if run.window is None else run.window.part.changed(name, tokens, out)

    return forward


def across(run: LoraRun, names: tuple[str, str], layer: str, own: TensorForward) -> TensorForward:
    """Cross-attention of rows without a canvas, (rows, H·W, C) → the same.

    All pixels see the same tokens there, so a region's are attended once more, for its pixels alone, with keys and
    values of the patched layer. Where regions lie in each other, the inner one has the LoRA of both; where they only
    overlap, the later one's text part counts. `names` are those of x and of the tokens, `layer` the layer's own.
    """
    parts = [part for part in run.text_parts if part.concerns(layer)]

    def forward(*arguments: Any, **named: Any) -> torch.Tensor:
        x = arguments[0] if arguments else named[names[0]]
        if (arguments[1] if len(arguments) > 1 else named.get(names[1])) is None:
            return own(*arguments, **named)
        height, width = run.size(x.shape[1])
        whole = Box(0, height, 0, width)
        places = [(part, *part.place(height, width, x)) for part in parts]
        if filled((box for _, box, weights in places if weights is None), height, width):
            changed = _grid(torch.empty_like(x), whole)  # every pixel is some part's
        else:
            changed = _grid(own(*arguments, **named), whole)
        for part, box, weights in places:
            seen = _grid(x, whole)[:, box.top : box.bottom, box.left : box.right].flatten(1, 2)
            with run.within(Window(height, width, box, part)):
                patched = own(seen, *arguments[1:], **{key: one for key, one in named.items() if key != names[0]})
            patched = _grid(patched.to(changed.dtype), Box(0, box.height, 0, box.width))
            here = changed[:, box.top : box.bottom, box.left : box.right]
            here.copy_(patched if weights is None else here + weights[..., None] * (patched - here))
        return changed.flatten(1, 2)

    return forward


def _grid(tensor: torch.Tensor, box: Box) -> torch.Tensor:
    """(rows, h·w, C) → (rows, h, w, C), a view where it can be."""
    return tensor.contiguous().view(len(tensor), box.height, box.width, -1)


def _part_of(place: Place, window: Box) -> tuple[Box | None, tuple[slice, slice]]:
    """The part of the window in which a patch holds, in pixels of the window, and where that is in its weights."""
    box = place.box
    top, bottom = max(box.top, window.top), min(box.bottom, window.bottom)
    left, right = max(box.left, window.left), min(box.right, window.right)
    if top >= bottom or left >= right:
        return None, (slice(0), slice(0))
    inside = (slice(top - box.top, bottom - box.top), slice(left - box.left, right - box.left))
    return Box(top - window.top, bottom - window.top, left - window.left, right - window.left), inside


def _convolved(module: Any, difference: Difference, x: torch.Tensor, box: Box) -> torch.Tensor:
    """ΔW * x + Δb on the output's box, (rows, C', h, w)."""
    kernel = difference.down if difference.down.dim() == 4 else difference.down[..., None, None]
    stride, padding, dilation = (_pair(value) for value in (module.stride, module.padding, module.dilation))
    if getattr(module, "padding_mode", "zeros") != "zeros":
        x = functional.pad(x, (padding[1], padding[1], padding[0], padding[0]), mode=module.padding_mode)
        padding = (0, 0)
    spans = []
    for axis, (low, high) in enumerate(((box.top, box.bottom), (box.left, box.right))):
        first = low * stride[axis] - padding[axis]
        last = (high - 1) * stride[axis] - padding[axis] + dilation[axis] * (kernel.shape[2 + axis] - 1) + 1
        size = x.shape[2 + axis]
        spans.append((max(0, first), min(size, last), max(0, -first), max(0, last - size)))
    (top, bottom, above, below), (left, right, before, behind) = spans
    seen = x[..., top:bottom, left:right]
    if any((above, below, before, behind)):
        seen = functional.pad(seen, (before, behind, above, below))
    out = functional.conv2d(seen, kernel, stride=stride, dilation=dilation)
    if difference.up is not None:
        out = functional.conv2d(out, difference.up[..., None, None])
    return out if difference.bias is None else out + difference.bias[:, None, None]


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[1]))


def _refuse_other_rows(run: LoraRun, x: torch.Tensor) -> None:
    if x.dim() != 3 or len(x) > run.call.rows:
        raise OmostError(
            f"LoRA of a region cannot be drawn: a layer was called for {len(x)} rows and the UNet for {run.call.rows}",
            hint="switch off hypertiling, or other extensions that work on attention",
        )
