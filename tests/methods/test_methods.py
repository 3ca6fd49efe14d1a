"""Methods are found by name, and say by their parts whether regions keep their own words."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pytest
import torch

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.attention.run import RegionalRun
from lib_omost.canvas import Canvas, Region, draft_image
from lib_omost.errors import BadInputError
from lib_omost.methods.method import Method
from lib_omost.methods.names import (
    DECOMPOSITION,
    DENSE_DIFFUSION,
    GLIGEN,
    INSTANCE_DIFFUSION,
    KINDS,
    LAYER_DIFFUSE,
    LAYOUT,
    METHOD_NAMES,
    PLAIN,
    SCORE,
    SKETCH,
)
from lib_omost.methods.registry import METHODS, method_named
from tests.kinds import FAMILY

CANVAS = Canvas(
    "A white background.",
    color_name="white",
    regions=(Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle.", color_name="red"),),
)


def test_the_names_for_settings_are_those_of_the_methods() -> None:
    assert tuple(METHODS) == METHOD_NAMES == tuple(method.name for method in METHODS.values())


@pytest.mark.parametrize("name", METHOD_NAMES)
def test_what_a_method_asks_of_a_model_is_what_its_parts_need(name: str) -> None:
    method, kind = METHODS[name], KINDS[name]
    assert kind.guided is (method.guidance is not None)
    assert kind.alone is (kind.guided and method.pixels is None)
    assert bool(kind.weights) is (method.grounding is not None or method.layers is not None)
    assert kind.joint is (method.joint is not None or not (method.is_regional or kind.weights))
    assert kind.unet is not bool(kind.weights)


def test_the_names_come_without_torch() -> None:
    code = "import sys; from lib_omost.methods.names import METHOD_NAMES; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_method_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadInputError, match="there is no method 'magic'") as refused:
        method_named("magic")
    assert refused.value.hint == f"choose {', '.join(METHOD_NAMES)}"
    assert refused.value.hint.startswith("choose sketch, score, decomposition, densediffusion, multidiffusion")


def test_methods_that_are_known_by_name_differ() -> None:
    spans = (Span(0, 3, (0, 90, 0, 90)), Span(3, 6, (0, 45, 0, 90)))
    random = torch.Generator().manual_seed(1)
    context = RegionalContext(torch.randn(6, 8, generator=random), spans)
    query = torch.randn(1, 2, 64, 4, generator=random)
    outs = [
        RegionalRun(context, METHODS[name].attention).attend(
            "layer", query, lambda tokens: tokens, lambda tokens: tokens, height=8, width=8
        )
        for name in (SCORE, DECOMPOSITION, SKETCH, DENSE_DIFFUSION, LAYOUT)
    ]
    for one, other in itertools.combinations(outs, 2):
        assert not torch.allclose(one, other, atol=1e-3)


@pytest.mark.parametrize(
    ("name", "is_regional"),
    [
        *((name, True) for name in (SCORE, SKETCH, DECOMPOSITION, *FAMILY, LAYOUT)),
        (PLAIN, False),
        (GLIGEN, False),
        (INSTANCE_DIFFUSION, False),
        (LAYER_DIFFUSE, False),
    ],
)
def test_these_alone_join_all_words_or_draw_regions_alone(name: str, is_regional: bool) -> None:
    assert METHODS[name].is_regional is is_regional


@pytest.mark.parametrize("part", ["denoiser_call", "guidance"])
def test_any_part_that_tells_regions_apart_keeps_their_words(part: str) -> None:
    assert Method("new", **{part: lambda one, _call: one}).is_regional


def test_a_start_alone_tells_no_regions_apart() -> None:
    assert not METHODS[PLAIN].from_draft(0.9).is_regional


@pytest.mark.parametrize("name", METHOD_NAMES)
def test_every_method_can_start_from_the_draft(name: str) -> None:
    method = METHODS[name].from_draft(0.93)
    assert method.start is not None
    assert (method.start.denoise, method.attention) == (0.93, METHODS[name].attention)
    painted = method.start.paint(CANVAS, 64, 88)
    assert painted.shape == (88, 64, 3)
    assert np.array_equal(painted, draft_image(CANVAS, 64, 88, blurred=True))


def test_without_a_share_of_noise_the_start_stays_as_it_is() -> None:
    assert METHODS[SCORE].from_draft(None) is METHODS[SCORE]
    started = METHODS[SCORE].from_draft(0.9)
    assert started.from_draft(None) is started
