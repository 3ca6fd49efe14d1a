"""A convolution for a box of its output alone."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from lib_omost.attention.places import Box


def convolution(module: Any, kernel: torch.Tensor, bias: torch.Tensor | None, x: torch.Tensor) -> torch.Tensor:
    """What `module` would give with another kernel (C', C, kh, kw) and bias, (rows, C', H, W), as torch computes it."""
    if getattr(module, "padding_mode", "zeros") != "zeros":
        return convolved(module, kernel, bias, x, Box(0, size_of(module, x)[0], 0, size_of(module, x)[1]))
    return functional.conv2d(x, kernel, bias, module.stride, module.padding, module.dilation)


def convolved(module: Any, kernel: torch.Tensor, bias: torch.Tensor | None, x: torch.Tensor, box: Box) -> torch.Tensor:
    """What `module` would give with another kernel (C', C, kh, kw) and bias, on a box: (rows, C', h, w)."""
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
        if above == below and before == behind:
            return functional.conv2d(seen, kernel, bias, stride, (above, before), dilation)
        seen = functional.pad(seen, (before, behind, above, below))
    return functional.conv2d(seen, kernel, bias, stride, 0, dilation)


def size_of(module: Any, x: torch.Tensor) -> tuple[int, int]:
    """Height and width of what a convolution gives for `x`."""
    values = zip(x.shape[-2:], module.kernel_size, module.stride, module.padding, module.dilation, strict=True)
    height, width = ((size + 2 * pad - far * (kernel - 1) - 1) // step + 1 for size, kernel, step, pad, far in values)
    return height, width


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[1]))
