"""The way is chosen by cost: by what the device can do, how large the layer is, how many regions there are."""

from __future__ import annotations

import pytest
import torch

from lib_omost.attention import cost
from lib_omost.attention.fused_calls import has_log_sum_exp
from lib_omost.attention.layout import place

WHOLE = (0, 90, 0, 90)
LOG_SUM_EXP = pytest.mark.skipif(
    not has_log_sum_exp(torch.device("cpu")), reason="this torch has no attention with log-sum-exps"
)


def query(side: int, heads: int = 10, depth: int = 64, device: str = "cpu") -> torch.Tensor:
    return torch.empty(1, heads, side * side, depth, device=device)


@pytest.mark.parametrize("side", [16, 32, 64])
@LOG_SUM_EXP
def test_large_layers_go_region_by_region_on_a_cpu(dragon, side) -> None:
    assert cost.cheapest_way(query(side), place(dragon, side, side)) == cost.BY_REGION


def test_small_layers_with_many_regions_take_one_masked_call(make_context) -> None:
    context = make_context([WHOLE] * 11 + [(0, 45, 0, 90), (0, 90, 0, 45)] * 5, [77] * 21)
    assert cost.cheapest_way(query(4, heads=4, depth=32), place(context, 4, 4)) == cost.MASKED


def test_where_all_pixels_see_all_tokens_one_call_without_a_mask_does(make_context) -> None:
    context = make_context([WHOLE] * 3, [77] * 3)
    assert cost.cheapest_way(query(64), place(context, 64, 64)) == cost.GROUPED


def test_without_log_sum_exps_large_layers_go_group_by_group(dragon, monkeypatch) -> None:
    monkeypatch.setattr(cost, "has_log_sum_exp", lambda _: False)
    assert cost.cheapest_way(query(64), place(dragon, 64, 64)) == cost.GROUPED
    assert cost.cheapest_way(query(4, heads=1), place(dragon, 4, 4)) == cost.MASKED


@pytest.mark.parametrize("side", [4, 64])
def test_other_devices_never_get_the_way_of_cpus(dragon, side) -> None:
    way = cost.cheapest_way(query(side, device="meta"), place(dragon, side, side))
    assert way in (cost.MASKED, cost.GROUPED)


@pytest.mark.parametrize(
    ("side", "heads", "way"), [(32, 20, cost.MASKED), (64, 10, cost.MASKED), (128, 10, cost.GROUPED)]
)
def test_where_one_call_takes_all_groups_it_is_for_large_layers(dragon, monkeypatch, side, heads, way) -> None:
    """What was the fastest on an H100, at SDXL's layers of 1024 and of 2048 pixels."""
    monkeypatch.setattr(cost, "has_packed", lambda _: True)
    assert cost.cheapest_way(query(side, heads=heads, device="meta"), place(dragon, side, side)) == way
