"""bench lora: what is measured."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from lib_omost.bench import lora_layers
from lib_omost.bench.lora_steps import KINDS, format_table, measure, random_changes, random_unet
from lib_omost.hosts.diffusers.checkpoint import load_checkpoint


@pytest.fixture(scope="module")
def unet() -> Any:
    return load_checkpoint(None, torch.device("cpu")).unet


def test_each_kind_changes_the_layers_that_such_files_do(unet: Any) -> None:
    lora, locon, whole, all_whole = (random_changes(unet, kind, 4, seed=1) for kind in KINDS)
    assert lora.keys() == whole.keys()
    assert locon.keys() == all_whole.keys()
    assert lora.keys() < locon.keys()
    assert any("ff.net" in name for name in lora)
    assert any("attn2.to_k" in name for name in lora)
    assert any("resnets" in name for name in locon)
    assert all(one.is_narrow and len(one.down) <= 4 for own in locon.values() for one in own)
    assert all(one.up is None for own in whole.values() for one in own)


def test_a_step_is_timed_with_and_without(unet: Any) -> None:
    found = measure(unet, "LoRA", height=8, width=8, rank=4, edge=5.0, rounds=1)
    assert found.ratio == pytest.approx(found.dressed / found.plain)
    assert found.layers == len(random_changes(unet, "LoRA", 4, seed=1))
    assert "LoRA" in format_table([found])
    with pytest.raises(ValueError, match="at least one round"):
        measure(unet, "LoRA", height=8, width=8, rank=4, edge=0.0, rounds=0)


def test_a_random_unet_is_as_large_as_the_real_one() -> None:
    unet = random_unet("sd1", torch.device("meta"), torch.float32)
    assert 850e6 < sum(one.numel() for one in unet.parameters()) < 870e6


def test_single_layers_are_timed_under_each_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lora_layers, "LAYERS", (("linear", 8, 12, 6), ("3 × 3", 8, 8, 6)))
    found = lora_layers.measure(rank=2, rounds=2)
    assert [(cost.kind, cost.rank) for cost in found[:: len(lora_layers.LAYOUTS)]] == [
        ("linear", 2),
        ("linear", None),
        ("3 × 3", 2),
        ("3 × 3", None),
    ]
    assert all(cost.ratio > 0 for cost in found)
    assert len(lora_layers.format_table(found).splitlines()) == 5
    with pytest.raises(ValueError, match="at least one round"):
        lora_layers.measure(rank=2, rounds=0)
