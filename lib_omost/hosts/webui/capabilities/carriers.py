"""Which rows of a UNet call carry which canvas."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from lib_omost.hosts.webui.capabilities.marks import marked_rows


def carriers(context: torch.Tensor, canvases: Sequence[torch.Tensor]) -> list[int | None]:
    """(rows, tokens, C) and several (T, C) → for each row of a UNet call the number of the canvas it carries.

    Hosts order, pad, repeat and split rows in many ways; what they are conditioned on they carry along unchanged,
    behind a mark where each row has one (`marks.py`). Where one canvas begins like another the longer one is meant.
    The device is waited for once, or once more a canvas where rows have marks.
    """
    found: list[int | None] = [None] * len(context)
    if not found:
        return found
    marked, *alike = torch.stack([marked_rows(context), *(_alike(context, one) for one in canvases)]).tolist()
    if all(marked):
        alike = [_alike(context[:, 1:], one).tolist() for one in canvases]
    for number in sorted(range(len(canvases)), key=lambda number: len(canvases[number])):
        for row, is_alike in enumerate(alike[number]):
            if is_alike:
                found[row] = number
    return found


def _alike(context: torch.Tensor, canvas: torch.Tensor) -> torch.Tensor:
    """(rows,) bool on the device of `context`: which rows begin like the canvas (T, C)."""
    tokens, channels = canvas.shape
    if context.shape[1] < tokens or context.shape[2] != channels:
        return torch.zeros(len(context), dtype=torch.bool, device=context.device)
    expected = canvas.to(context.device, context.dtype)
    alike = (context[:, :tokens] - expected).abs() <= 1e-2 * expected.abs() + 1e-3
    return alike.flatten(1).all(dim=1)
