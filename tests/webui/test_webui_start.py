"""Pictures that the extension has a WebUI encode: their size, and that no later job is given them."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from lib_omost.hosts.webui.start import encoded, encoded_over


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """The sizes of what is encoded, in cells of 16 pixels; sizes that are no multiples fail, as in Flux.2."""
    from modules import sd_samplers_common

    found: list[tuple[int, ...]] = []

    def encode(image: torch.Tensor, _approximation: Any, model: Any) -> torch.Tensor:
        found.append(tuple(image.shape[2:]))
        assert all(side % 16 == 0 for side in image.shape[2:])
        latent = torch.nn.functional.avg_pool2d(image, 16)
        if hasattr(model, "ini_latent"):
            model.ini_latent = latent
        return latent

    monkeypatch.setattr(sd_samplers_common, "images_tensor_to_samples", encode)
    return found


def paint(width: int, height: int) -> Any:
    return np.zeros((height, width, 3), dtype=np.uint8)


def test_where_the_webui_says_its_cell_nothing_is_painted_smaller(
    painted: list[tuple[int, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "modules.processing", SimpleNamespace(opt_f=16))
    p: Any = SimpleNamespace(sd_model=SimpleNamespace())
    latent, cell = encoded_over(p, 5, 7, paint)
    assert (latent.shape[-2:], cell) == ((5, 7), 16)
    assert painted == [(80, 112)]


@pytest.mark.parametrize("before", [None, "the user's own"])
def test_what_a_model_takes_up_to_refer_to_is_as_before(painted: list[tuple[int, ...]], before: Any) -> None:
    model = SimpleNamespace(ini_latent=before)
    p: Any = SimpleNamespace(sd_model=model)
    assert encoded(p, paint(32, 16)).shape[-2:] == (1, 2)
    assert vars(model) == {"ini_latent": before}


def test_a_model_that_takes_nothing_up_is_not_touched(painted: list[tuple[int, ...]]) -> None:
    p: Any = SimpleNamespace(sd_model=SimpleNamespace())
    encoded(p, paint(32, 16))
    assert vars(p.sd_model) == {}
