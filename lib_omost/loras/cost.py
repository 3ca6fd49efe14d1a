"""Whether several differences of a layer are cheaper side by side, for all pixels, or each in its own box."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from lib_omost.loras.difference import Difference

# Multiplications in the time that the small steps around one more product take: on one core with AVX2, measured with
# torch 2.13 on the mini checkpoint; on a GPU in half precision assumed (30 µs a product, 20 Tflop/s), not measured.
CPU_STEPS, OTHER_STEPS = 2_000_000, 300_000_000


def pays_side_by_side(
    changes: Sequence[Difference], areas: Sequence[int], rows: int, pixels: int, device: torch.device
) -> bool:
    """Whether the products outside of the boxes, `areas` pixels each of `pixels`, cost less than what is saved.

    Only narrow differences without Δb can lie side by side.
    """
    if not all(one.is_narrow for one in changes):
        return False
    widths = [one.down.numel() + (0 if one.up is None else one.up.numel()) for one in changes]
    more = rows * sum((pixels - area) * width for area, width in zip(areas, widths, strict=True))
    return more <= len(changes) * (CPU_STEPS if device.type == "cpu" else OTHER_STEPS)
