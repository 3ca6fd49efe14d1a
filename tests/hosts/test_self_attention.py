"""Which rows a method's self-attention reaches: those that carry what is drawn, and no others."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from lib_omost.attention.call import RegionalCall
from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.run import RegionalRun
from lib_omost.hosts.self_attention import SelfAttention
from lib_omost.methods.method import PixelRule
from lib_omost.methods.registry import METHODS

HEIGHT, WIDTH, WIDE = 4, 5, 8
SPANS = (Span(0, 2, (0, 90, 0, 90)), Span(2, 4, (0, 45, 0, 90)))


def layer(rule: PixelRule) -> SelfAttention:
    torch.manual_seed(1)
    linear = lambda: torch.nn.Linear(WIDE, WIDE, bias=False)  # noqa: E731
    module = SimpleNamespace(
        heads=2, to_q=linear(), to_k=linear(), to_v=linear(), to_out=[linear(), torch.nn.Identity()]
    )
    return SelfAttention("attn1", module, ("hidden_states", "encoder_hidden_states"), rule)


@pytest.mark.parametrize("method", ["densediffusion", "bounded-attention"])
def test_keys_and_values_are_of_what_hypernetworks_make_of_the_pixels(method: str) -> None:
    rule: Any = METHODS[method].pixels
    asked = replace(layer(rule), contexts=lambda x: (2 * x, -3 * x))
    expected = layer(rule)
    with torch.no_grad():
        expected.module.to_k.weight *= 2
        expected.module.to_v.weight *= -3
    run = RegionalRun(RegionalContext(torch.zeros(4, 3), SPANS))
    call = RegionalCall(HEIGHT, WIDTH, (run,), drawn=1)
    call.begin([0], noise=0.9)
    x = torch.randn(1, HEIGHT * WIDTH, WIDE)
    with torch.no_grad():
        assert torch.allclose(asked.attend(call, run, x), expected.attend(call, run, x), atol=1e-6)
        assert not torch.allclose(asked.attend(call, run, x), layer(rule).attend(call, run, x), atol=1e-3)


@pytest.mark.parametrize("method", ["densediffusion", "bounded-attention"])
def test_rows_of_negative_words_are_as_rows_without_a_canvas(method: str) -> None:
    rule: Any = METHODS[method].pixels
    runs = [RegionalRun(RegionalContext(torch.zeros(4, 3), SPANS)) for _ in range(2)]
    call = RegionalCall(HEIGHT, WIDTH, tuple(runs), drawn=1)
    forward = layer(rule).regional(lambda x: x + 1, call)
    x = torch.randn(2, HEIGHT * WIDTH, WIDE)
    results = []
    with torch.no_grad():
        for carried in ([None, 0], [1, 0]):
            call.begin(carried, noise=0.9)
            results.append(forward(x))
    assert torch.equal(*results)
    assert torch.equal(results[0][0], x[0] + 1) != rule.everywhere
    assert not torch.allclose(results[0][1], x[1] + 1)
