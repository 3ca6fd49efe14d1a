"""Autocast as torch tells it by kind, and as older ones do."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from lib_omost import autocast
from lib_omost.autocast import autocast_dtype, is_there


@pytest.fixture(params=["this torch", "an older torch"])
def age(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Older ones know neither a kind nor `torch.amp.is_autocast_available`."""
    if request.param == "an older torch":
        monkeypatch.setattr(autocast, "_BY_KIND", False)
        monkeypatch.setattr(torch, "amp", SimpleNamespace())
    return str(request.param)


@pytest.mark.parametrize("dtype", [torch.bfloat16])  # older ones have no other on a CPU
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_it_is_told_as_it_is(age: str, dtype: torch.dtype) -> None:
    assert autocast_dtype("cpu") is None
    assert is_there("cpu")
    with torch.autocast("cpu", dtype):
        assert autocast_dtype("cpu") == dtype
        assert autocast_dtype("cuda") is None
        with torch.autocast("cpu", enabled=False):
            assert autocast_dtype("cpu") is None
    assert autocast_dtype("cpu") is None


def test_a_kind_without_one_has_none(age: str) -> None:
    assert not is_there("meta")
    assert autocast_dtype("meta") is None
