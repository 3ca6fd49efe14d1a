"""Which exact way of computing the score formulation is likely the fastest, from the shapes alone."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from lib_omost.attention.fused_calls import has_log_sum_exp, has_packed
from lib_omost.attention.layout import Layout

BY_REGION, MASKED, GROUPED = "by region", "masked", "grouped"


@dataclass(frozen=True)
class Costs:
    """Seconds for the parts of a way on one kind of device; only their proportions matter."""

    call: float  # one fused call and the small steps around it
    bias: float  # one span's part of the bias
    pair: float  # one (pixel, token) pair, a channel
    masked_pair: float  # the same under a bias
    copied: float  # one element of keys or values gathered for a group
    packed: float = 0.0  # one call for all groups and the steps around it, where a device has that


# Measured with torch 2.13 in float32 on two cores with AVX2, layers of 4 × 4 to 64 × 64 with 2 to 20 local regions.
CPU_COSTS = Costs(call=1e-4, bias=1.5e-5, pair=4e-11, masked_pair=6e-11, copied=1e-9)

# Measured on an H100 with torch 2.11 in half precision, called from Python: layers of 32 × 32 to 128 × 128 and 1,771
# tokens. What is copied where no call takes all groups is assumed: 1 TB/s of memory.
OTHER_COSTS = Costs(call=3e-5, bias=0, pair=1.7e-14, masked_pair=2.1e-14, copied=4e-12, packed=1.7e-4)


def cheapest_way(query: torch.Tensor, layout: Layout) -> str:
    """The name of the way with the lowest estimate for a query of (B, heads, H·W, D)."""
    if len(layout.groups) == 1 and layout.is_plain:
        return GROUPED  # one call without a bias
    costs = CPU_COSTS if query.device.type == "cpu" else OTHER_COSTS
    batch, heads, _, width = query.shape
    spans, groups = len(layout.spans), layout.groups
    channels = heads * width
    seen = layout.pairs * batch * channels
    estimates = {
        MASKED: costs.call + spans * costs.bias + layout.pixels * layout.tokens * batch * channels * costs.masked_pair
    }
    if layout.is_plain:  # a weight or a soft edge is a bias there too
        copied = sum(group.tokens for group in groups) * 2 * channels * costs.copied
        calls = costs.packed if has_packed(query) else len(groups) * costs.call + copied
        estimates[GROUPED] = calls + seen * costs.pair
    if has_log_sum_exp(query.device):
        estimates[BY_REGION] = spans * costs.call + seen * costs.pair
    return min(estimates, key=lambda way: estimates[way])
