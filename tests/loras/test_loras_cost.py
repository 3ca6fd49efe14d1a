"""Differences of a layer side by side or each in its box: which is taken, and that both give the same numbers."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from lib_omost.attention.call import RegionalCall
from lib_omost.hosts.hooks import forward_replaced
from lib_omost.loras import cost
from lib_omost.loras.confine import confined
from lib_omost.loras.cost import pays_side_by_side
from lib_omost.loras.difference import Difference, side_by_side
from lib_omost.loras.run import Patch

CPU, OTHER = torch.device("cpu"), torch.device("meta")


def narrow(rows: int, inner: int, rank: int) -> Difference:
    return Difference(torch.randn(rank, inner), torch.randn(rows, rank))


def test_few_more_products_are_taken_many_are_not() -> None:
    small, large = [narrow(64, 64, 8)] * 2, [narrow(1280, 1280, 64)] * 2
    assert pays_side_by_side(small, [128, 128], 2, 256, CPU)
    assert not pays_side_by_side(large, [2048, 2048], 2, 4096, CPU)
    assert pays_side_by_side(large, [4096, 4096], 2, 4096, CPU)  # whole pictures: nothing lies outside
    assert pays_side_by_side([narrow(640, 640, 16)] * 2, [2048, 2048], 2, 4096, OTHER)


def test_what_is_whole_or_has_a_bias_stays_apart() -> None:
    whole = Difference(torch.randn(8, 8))
    assert not pays_side_by_side([narrow(8, 8, 2), whole], [4, 4], 1, 4, CPU)
    assert not pays_side_by_side([Difference(torch.ones(2, 8), torch.ones(8, 2), torch.ones(8))], [4], 1, 4, CPU)


def test_side_by_side_is_the_sum() -> None:
    one, other = narrow(6, 5, 2), narrow(6, 5, 3)
    assert torch.allclose(side_by_side([one, other]).whole, one.whole + other.whole, atol=1e-6)


class Layers(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear, self.convolution = torch.nn.Linear(8, 12), torch.nn.Conv2d(8, 12, 3, padding=1)


@pytest.mark.parametrize("layer", ["linear", "convolution"])
@pytest.mark.parametrize("edge", [0.0, 30.0])
def test_both_ways_give_the_same_numbers(layer: str, edge: float, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    layers: Any = Layers()
    module = layers.get_submodule(layer)
    x = torch.randn(2, 8, 6, 10) if layer == "convolution" else torch.randn(2, 60, 8)

    def change() -> Difference:
        return Difference(torch.randn(3, *module.weight.shape[1:]), torch.randn(12, 3))

    patches = [Patch(rect, edge, {layer: [change()]}) for rect in ((0, 60, 0, 50), (20, 90, 30, 90))]
    found = []
    monkeypatch.setattr(cost, "SMALL", 0)  # no sums W + ΔW
    for steps in (cost.CPU_STEPS, -1):
        monkeypatch.setattr(cost, "CPU_STEPS", steps)
        call = RegionalCall(6, 10)
        call.begin([None, None])
        with torch.no_grad(), confined(layers, (), patches, call, forward_replaced) as run:
            found.append(module(x))
            assert {bool(plan.apart) for plan in run._plans.values()} == {steps < 0}
    assert torch.allclose(*found, atol=1e-5)
    assert not torch.allclose(found[0], module(x), atol=0.1)
