"""A run projects keys and values once a layer, within a bound, and forgets nothing it should not."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import nn

from lib_omost.attention.layout import place
from lib_omost.attention.masked import masked_attention
from lib_omost.attention.own_words import OwnWords
from lib_omost.attention.run import CACHE_BYTES, RegionalRun
from lib_omost.attention.score import WAYS, Score, score_attention

HEADS, DEPTH, CHANNELS = 2, 8, 4
LAYER_BYTES = 2 * 1771 * HEADS * DEPTH * 4


class Projection(nn.Linear):
    """A layer's to_k or to_v that counts its calls."""

    def __init__(self) -> None:
        super().__init__(CHANNELS, HEADS * DEPTH, bias=False)
        self.calls = 0

    def forward(self, embeddings: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return super().forward(embeddings)


@pytest.fixture
def to_key() -> Projection:
    torch.manual_seed(1)
    return Projection()


@pytest.fixture
def to_value() -> Projection:
    torch.manual_seed(2)
    return Projection()


def query(height: int, width: int, rows: int = 1) -> torch.Tensor:
    random = torch.Generator().manual_seed(3)
    return torch.randn(rows, height * width, HEADS, DEPTH, generator=random).transpose(1, 2)


def split(projected: torch.Tensor) -> torch.Tensor:
    return projected.reshape(1, -1, HEADS, DEPTH).transpose(1, 2)


def expected(context, to_key, to_value, height: int, width: int, rows: int = 1) -> torch.Tensor:
    key, value = (split(nn.Linear.forward(to, context.embeddings)) for to in (to_key, to_value))
    return score_attention(query(height, width, rows), key, value, place(context, height, width))


def test_keys_and_values_are_projected_once_a_layer(dragon, to_key, to_value) -> None:
    run = RegionalRun(dragon)
    outs = [run.attend("up.0", query(6, 5, 2), to_key, to_value, height=6, width=5) for _ in range(3)]
    assert (to_key.calls, to_value.calls) == (1, 1)
    for out in outs:
        assert torch.allclose(out, expected(dragon, to_key, to_value, 6, 5, 2), atol=1e-6)


def test_layers_do_not_share_what_they_keep(dragon, to_key, to_value) -> None:
    run = RegionalRun(dragon)
    first = run.attend("a", query(4, 4), to_key, to_value, height=4, width=4)
    second = run.attend("b", query(4, 4), to_value, to_key, height=4, width=4)
    assert torch.allclose(first, expected(dragon, to_key, to_value, 4, 4), atol=1e-6)
    assert torch.allclose(second, expected(dragon, to_value, to_key, 4, 4), atol=1e-6)
    assert run.cached_bytes == 2 * LAYER_BYTES


SIZES = [(4, 6), (8, 12), (12, 8), (4, 6)]


def test_a_larger_picture_moves_the_boxes_and_keeps_one_set_of_keys(dragon, to_key, to_value) -> None:
    run = RegionalRun(dragon)
    for height, width in SIZES:
        out = run.attend("a", query(height, width), to_key, to_value, height=height, width=width)
        assert torch.allclose(out, expected(dragon, to_key, to_value, height, width), atol=1e-6)
        assert run.cached_bytes == LAYER_BYTES  # the factors are those of one size


def test_keys_that_no_size_changes_are_kept_for_all(dragon, to_key, to_value) -> None:
    run = RegionalRun(dragon, masked_attention)
    for height, width in SIZES:
        run.attend("a", query(height, width), to_key, to_value, height=height, width=width)
    assert to_key.calls == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("formulation", [Score, partial(OwnWords, 2.5, 3)])
def test_later_steps_are_the_first_one_to_the_last_bit(dragon, to_key, to_value, formulation, way) -> None:
    run = RegionalRun(dragon, formulation(way=way))
    calls = [(rows, size) for rows in (1, 2) for size in ((4, 6), (8, 12))]
    expected = [formulation(way=way)(*parts(dragon, to_key, to_value, rows, size)) for rows, size in calls]
    for _ in range(2):
        for (rows, (height, width)), once in zip(calls, expected, strict=True):
            for _ in range(2):
                asked = query(height, width, rows)
                out = run.attend("a", asked, to_key, to_value, height=height, width=width)
                assert torch.equal(out, once)


def parts(context, to_key, to_value, rows: int, size: tuple[int, int]) -> tuple:
    key, value = (split(nn.Linear.forward(to, context.embeddings)) for to in (to_key, to_value))
    return query(*size, rows), key, value, place(context, *size)


def test_the_layout_of_a_layer_is_made_once(dragon) -> None:
    run = RegionalRun(dragon)
    assert run.layout(8, 12) == place(dragon, 8, 12)
    assert run.layout(8, 12) is run.layout(8, 12)


def test_beyond_the_bound_a_layer_projects_on_every_call(dragon, to_key, to_value) -> None:
    run = RegionalRun(dragon, cache_bytes=LAYER_BYTES)
    for _ in range(2):
        for layer in ("kept", "not kept"):
            out = run.attend(layer, query(4, 4), to_key, to_value, height=4, width=4)
            assert torch.allclose(out, expected(dragon, to_key, to_value, 4, 4), atol=1e-6)
    assert to_key.calls == to_value.calls == 3
    assert run.cached_bytes == LAYER_BYTES


@pytest.mark.parametrize("bound", [0, LAYER_BYTES - 1])
def test_a_bound_below_one_layer_keeps_nothing(dragon, to_key, to_value, bound) -> None:
    run = RegionalRun(dragon, cache_bytes=bound)
    run.attend("a", query(4, 4), to_key, to_value, height=4, width=4)
    assert run.cached_bytes == 0


def test_the_bound_holds_sdxl_in_half_precision(dragon) -> None:
    tokens = len(dragon.embeddings)
    sdxl = 2 * 2 * tokens * (10 * 640 + 60 * 1280)  # layers × channels, 2 tensors of 2 bytes an element
    assert sdxl < CACHE_BYTES == 2**30


def test_another_dtype_or_device_is_projected_anew(dragon, to_key, to_value) -> None:
    run = RegionalRun(dragon, lambda query, key, value, layout, *, scale=None: key)
    single = run.attend("a", query(4, 4), to_key, to_value, height=4, width=4)
    double = run.attend("a", query(4, 4).double(), to_key.double(), to_value.double(), height=4, width=4)
    assert (single.dtype, double.dtype) == (torch.float32, torch.float64)
    meta = run.attend("a", query(4, 4).to("meta"), to_key.float().to("meta"), to_value.to("meta"), height=4, width=4)
    assert meta.device.type == "meta"
    assert run.attend("a", query(4, 4), to_key, to_value, height=4, width=4) is single
    assert to_key.calls == 3


def test_the_embeddings_come_in_the_dtype_of_the_query(dragon, to_key, to_value) -> None:
    run = RegionalRun(dragon)
    out = run.attend("a", query(4, 4).bfloat16(), to_key.bfloat16(), to_value.bfloat16(), height=4, width=4)
    assert out.dtype == torch.bfloat16
    assert run.cached_bytes == LAYER_BYTES // 2


def test_projections_in_another_dtype_follow_the_query(dragon, to_key, to_value) -> None:
    run = RegionalRun(dragon)
    wide = [lambda embeddings, to=to: to(embeddings.float()) for to in (to_key, to_value)]
    assert run.attend("a", query(4, 4).half(), *wide, height=4, width=4).dtype == torch.float16


def test_no_graph_is_kept(dragon, to_key, to_value) -> None:
    run = RegionalRun(dragon)
    assert not run.attend("a", query(4, 4).requires_grad_(), to_key, to_value, height=4, width=4).requires_grad


def test_what_was_kept_in_inference_mode_serves_outside_of_it(dragon, to_key, to_value) -> None:
    run = RegionalRun(dragon)
    with torch.inference_mode():
        inside = run.attend("a", query(8, 8), to_key, to_value, height=8, width=8)
    outside = run.attend("a", query(8, 8), to_key, to_value, height=8, width=8)
    assert torch.equal(inside, outside)
    assert to_key.calls == 1


def test_clear_lets_go(dragon, to_key, to_value) -> None:
    run = RegionalRun(dragon)
    run.attend("a", query(4, 4), to_key, to_value, height=4, width=4)
    run.clear()
    assert run.cached_bytes == 0
    run.attend("a", query(4, 4), to_key, to_value, height=4, width=4)
    assert to_key.calls == 2


def test_a_query_of_another_size_is_refused(dragon, to_key, to_value) -> None:
    with pytest.raises(ValueError, match=r"query must be \(B, heads, 4·5, D\), not \(1, 2, 16, 8\)"):
        RegionalRun(dragon).attend("a", query(4, 4), to_key, to_value, height=4, width=5)


@pytest.mark.parametrize("spoiled", [lambda out: out[..., 1:], lambda out: out[0]])
def test_projections_that_do_not_split_into_heads_are_refused(dragon, to_key, to_value, spoiled) -> None:
    run = RegionalRun(dragon)
    with pytest.raises(ValueError, match=r"layer 'a': .* does not split into 2 heads of 8"):
        run.attend("a", query(4, 4), lambda embeddings: spoiled(to_key(embeddings)), to_value, height=4, width=4)
    assert run.cached_bytes == 0
