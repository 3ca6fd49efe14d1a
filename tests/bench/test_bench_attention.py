"""The attention benchmark measures what it says."""

from __future__ import annotations

import pytest
import torch

from lib_omost.attention.layout import place
from lib_omost.attention.score import WAYS, score_attention
from lib_omost.bench import attention as bench
from lib_omost.bench import device_attention
from lib_omost.bench.timing import medians_in_turns

TINY = (bench.LayerShape(4, 2, 8, 16),)
METHODS = ["naive", "score, by region", "score, masked", "score, grouped", "score, as chosen", "decomposition"]


def test_every_method_has_a_row_with_its_ratio() -> None:
    rows = bench.run(TINY, rounds=2)
    assert [row.method for row in rows] == METHODS
    assert rows[0].first_speedup == rows[0].later_speedup == 1
    for row in rows:
        assert row.layer == "4 × 4, 2 heads"
        assert row.later_speedup == pytest.approx(rows[0].later_seconds / row.later_seconds)
        assert row.first_speedup == pytest.approx(rows[0].first_seconds / row.first_seconds)


def test_without_the_fused_call_its_row_is_left_out(monkeypatch) -> None:
    monkeypatch.setattr(bench, "has_log_sum_exp", lambda _: False)
    assert "score, by region" not in [row.method for row in bench.run(TINY, rounds=1)]


def test_the_dragon_canvas_has_its_1771_tokens() -> None:
    context = bench.dragon_context(8)
    assert context.embeddings.shape == (1771, 8)
    assert len(context.spans) == 5


def test_naive_computes_the_same_as_the_product() -> None:
    layout = place(bench.dragon_context(8), 6, 9)
    query, (key, value) = torch.randn(1, 2, 54, 8), torch.randn(2, 1, 2, 1771, 8)
    for scale in (None, 0.1):
        expected = score_attention(query, key, value, layout, scale=scale)
        assert torch.allclose(bench.naive_score(query, key, value, layout, scale=scale), expected, atol=1e-5)


def test_threads_are_given_back() -> None:
    before = torch.get_num_threads()
    bench.run(TINY, rounds=1, threads=1)
    assert torch.get_num_threads() == before


def test_medians_are_taken_after_a_round_that_does_not_count() -> None:
    readings = iter([100.0, 3.0, 1.0, 2.0])
    assert medians_in_turns({"a": lambda: (next(readings), 7.0)}, 3) == {"a": [2.0, 7.0]}


@pytest.mark.parametrize("rounds", [0, -1])
def test_less_than_one_round_is_refused(rounds) -> None:
    with pytest.raises(ValueError, match="at least one round"):
        medians_in_turns({}, rounds)


def test_on_a_device_every_way_has_a_row_that_agrees_with_double_precision() -> None:
    rows = device_attention.run(TINY, torch.device("cpu"), torch.float32, rows=2, rounds=1)
    methods = [row.method for row in rows]
    assert methods[0] == device_attention.PLAIN
    for title in ("score", "score, soft edges", "sketch", "sketch, soft edges"):
        assert {title, *(f"{title}, {way}" for way in WAYS)} <= set(methods)
    for row in rows:
        assert not row.failure
        assert row.error < 1e-5
        assert row.ratio == pytest.approx(row.seconds / rows[0].seconds)
        assert row.waits is None  # a CPU is never waited for
    table = device_attention.format_table(rows).splitlines()
    assert len(table) == len(rows) + 1


def test_a_way_that_a_device_cannot_go_is_told_and_the_others_are_measured(monkeypatch) -> None:
    def broken(*_arguments: object, **_keywords: object) -> torch.Tensor:
        raise RuntimeError("no kernel image\nfor this card")

    monkeypatch.setattr(device_attention, "decomposition_attention", broken)
    rows = device_attention.run(TINY, torch.device("cpu"), torch.float32, rows=1, rounds=1)
    told = {row.method: row.failure for row in rows if row.failure}
    assert told == {"decomposition": "RuntimeError: no kernel image"}
    assert "no kernel image" in device_attention.format_table(rows)
