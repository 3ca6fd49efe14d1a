"""What is cheaper in a layer: differences side by side for all pixels, each in its own box, or sums W + ΔW."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from lib_omost.loras.difference import Difference

# Multiplications in the time that the small steps around one more product take: on one core with AVX2, measured with
# torch 2.13 on the mini checkpoint; on a GPU in half precision assumed (30 µs a product, 20 Tflop/s), not measured.
CPU_STEPS, OTHER_STEPS = 2_000_000, 300_000_000

# Weights so small that sums may be kept of narrow differences, too, which need no memory of that size otherwise.
SMALL = 2**20
# What a product costs whose pixels are gathered and put back, or whose box is cut out, beside one of all pixels.
GATHERED, CUT_OUT = 1.05, 1.15


def pays_side_by_side(
    changes: Sequence[Difference], areas: Sequence[int], rows: int, pixels: int, device: torch.device
) -> bool:
    """Whether the products outside of the boxes, `areas` pixels each of `pixels`, cost less than what is saved.

    Only narrow differences without Δb can lie side by side.
    """
    if not all(one.is_narrow for one in changes):
        return False
    widths = [_cost(one) for one in changes]
    more = rows * sum((pixels - area) * width for area, width in zip(areas, widths, strict=True))
    return more <= len(changes) * (CPU_STEPS if device.type == "cpu" else OTHER_STEPS)


def pieces_pay(
    weight: torch.Tensor,
    changes: Sequence[Sequence[Difference]],
    boxes: Sequence[int],
    pieces: Sequence[Sequence[int]],
    *,
    rows: int,
    pixels: int,
) -> bool:
    """Whether products with W and sums W + ΔW in pieces cost less than W in all pixels and each ΔW in its box.

    changes: of each place, with its box's pixels in `boxes`. pieces: those of W, then those of each place, by pixels.
    """
    if weight.numel() > SMALL and any(all(one.is_narrow for one in own) for own in changes):
        return False
    steps = CPU_STEPS if weight.device.type == "cpu" else OTHER_STEPS
    flat = [one for own in changes for one in own]
    is_one = pays_side_by_side(
        flat, [area for own, area in zip(changes, boxes, strict=True) for _ in own], rows, pixels, weight.device
    )
    areas = [pixels] * len(boxes) if is_one else boxes
    more = sum(sum(map(_cost, own)) * area for own, area in zip(changes, areas, strict=True))
    apart = rows * (weight.numel() * pixels + more) + steps * (1 if is_one else len(flat))
    dearer = GATHERED if weight.dim() == 2 else CUT_OUT
    every = [area for own in pieces for area in own]
    return dearer * rows * weight.numel() * sum(every) + steps * len(every) < apart


def _cost(one: Difference) -> int:
    return one.down.numel() + (0 if one.up is None else one.up.numel())
