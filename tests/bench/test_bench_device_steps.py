"""bench steps --device: what is measured, on a small UNet on the CPU."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from lib_omost.bench import device_steps
from lib_omost.hosts.diffusers.checkpoint import load_checkpoint


@pytest.fixture(scope="module")
def unet() -> Any:
    return load_checkpoint(None, torch.device("cpu")).unet


def test_a_step_is_timed_plain_and_by_the_methods(unet: Any) -> None:
    rows = device_steps.measure(unet, height=8, width=8, rounds=1)
    assert [row.kind for row in rows] == ["plain, 1771 tokens", "plain, 77 tokens", "score", "sketch"]
    assert [row.tokens for row in rows] == [1771, 77, 1771, 1771]
    for row in rows:
        assert row.ratio == pytest.approx(row.later / rows[0].later)
        assert row.first > 0
        assert row.waits is None  # a CPU is never waited for
    assert len(device_steps.format_table(rows).splitlines()) == len(rows) + 1


def test_regional_steps_follow_the_dragon_canvas_in_the_products_own_hooks(unet: Any, monkeypatch) -> None:
    calls: list[Any] = []
    original = device_steps.regional_attention

    def spied(*arguments: Any, **keywords: Any) -> Any:
        calls.append((arguments[2].name, [len(one.spans) for one in arguments[1]]))
        return original(*arguments, **keywords)

    monkeypatch.setattr(device_steps, "regional_attention", spied)
    device_steps.measure(unet, height=8, width=8, rounds=1)
    assert {name for name, _ in calls} == {"score", "sketch"}
    assert all(spans == [5] for _, spans in calls)
    assert all("forward" not in vars(module) for module in unet.modules())


def test_less_than_one_round_is_refused(unet: Any) -> None:
    with pytest.raises(ValueError, match="at least one round"):
        device_steps.measure(unet, height=8, width=8, rounds=0)
