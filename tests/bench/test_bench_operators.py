"""What a layer runs under a canvas beside what it runs by itself: by so many operators a graphics card is bound."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from lib_omost.app.commands.cli import main
from lib_omost.bench import operators
from lib_omost.bench.attention import SDXL_LAYERS
from lib_omost.hosts.diffusers.shared.unet import denoiser_of
from lib_omost.hosts.hooks import regional_attention
from lib_omost.methods.names import DECOMPOSITION, LAYOUT, SCORE, SKETCH
from lib_omost.methods.registry import METHODS

# Of a row with the canvas: its query, attention, output, and that it is put beside the unconditional one.
MORE_LAUNCHES, MORE_VIEWS = 4, 13


@pytest.fixture(scope="module")
def rows() -> dict[tuple[str, int], operators.Row]:
    found = operators.run(SDXL_LAYERS[1:], regions=range(2, 7))
    return {(row.method, row.regions): row for row in found}


@pytest.mark.parametrize("regions", range(2, 7))
@pytest.mark.parametrize("method", [SCORE, SKETCH, LAYOUT])
def test_a_later_step_of_a_layer_has_four_launches_more_whatever_the_regions(
    rows: dict[tuple[str, int], operators.Row], method: str, regions: int
) -> None:
    plain, row = rows[operators.PLAIN, 0], rows[method, regions]
    assert row.launches - plain.launches <= MORE_LAUNCHES, row.names
    assert row.views - plain.views <= MORE_VIEWS


@pytest.mark.parametrize("regions", range(2, 7))
def test_decomposition_has_three_launches_a_region(rows: dict[tuple[str, int], operators.Row], regions: int) -> None:
    assert rows[DECOMPOSITION, regions].launches - rows[operators.PLAIN, 0].launches <= 6 + 3 * regions


def test_no_later_step_waits_for_the_device(rows: dict[tuple[str, int], operators.Row]) -> None:
    assert {name: row.waits for name, row in rows.items() if row.waits} == {}


@pytest.mark.parametrize("edge", [0.0, 6.0])
@pytest.mark.parametrize("method", [SCORE, SKETCH, LAYOUT, DECOMPOSITION])
def test_no_later_step_of_a_whole_denoiser_waits(method: str, edge: float) -> None:
    """A number read from the device raises there."""
    unet = operators.OneLayer(SDXL_LAYERS[1])
    context = operators.context_of(3, SDXL_LAYERS[1].context)
    context = replace(context, spans=(context.spans[0], *(replace(span, edge=edge) for span in context.spans[1:])))
    size = SDXL_LAYERS[1].side
    with regional_attention(denoiser_of(unet, 1), [context], METHODS[method], height=size, width=size):
        unet.step()
        assert operators.counted(unet.step).waits == {}


def test_what_computes_what_looks_and_what_waits_are_told_apart() -> None:
    x = torch.ones(1, 2, 3, 4)

    def step() -> None:
        scaled_dot_product_attention(x.transpose(2, 3).transpose(2, 3), x, x).add_(1)
        float(x.sum())
        x.to("meta")

    count = operators.counted(step)
    assert count.launches == {"scaled_dot_product_attention": 1, "add_": 1, "sum": 1}
    assert count.views == {"transpose": 2}
    assert count.waits == {"_local_scalar_dense": 1, "_to_copy": 1}


def test_the_command_prints_a_row_a_method(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(operators, "LAYERS", SDXL_LAYERS[1:])
    assert main(["bench", "attention", "--operators", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {row["method"] for row in found} == {operators.PLAIN, *operators.COUNTED}
