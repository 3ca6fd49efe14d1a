"""Nothing of heads × pixels × tokens is ever allocated; measured at torch's allocator."""

from __future__ import annotations

import json

import pytest
import torch

from lib_omost.attention.decomposition import decomposition_attention
from lib_omost.attention.layout import place
from lib_omost.attention.score import WAYS, score_attention
from lib_omost.bench.attention import naive_score

SCORES = 10 * 64 * 64 * 1771 * 4  # bytes of the scores of SDXL's 64 × 64 layer


@pytest.fixture(scope="module")
def peak(dragon, make_problem, tmp_path_factory):
    """(method) → the most bytes that torch held beyond what it held before, on SDXL's 64 × 64 layer."""
    problem = make_problem(dragon, 64, 64, heads=10, depth=64)
    layout = place(dragon, 64, 64)

    def measure(method, **options) -> int:
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
            method(problem.query, problem.key, problem.value, layout, **options)
        trace = tmp_path_factory.mktemp("trace") / "trace.json"
        profile.export_chrome_trace(str(trace))
        events = [event for event in json.loads(trace.read_text())["traceEvents"] if event["name"] == "[memory]"]
        events.sort(key=lambda event: event["ts"])
        held = highest = 0
        for event in events:
            held += event["args"]["Bytes"]
            highest = max(highest, held)
        return highest

    return measure


@pytest.fixture(scope="module")
def naive_peak(peak) -> int:
    return peak(naive_score)


def test_the_measurement_sees_the_naive_scores(naive_peak) -> None:
    assert naive_peak >= 2 * SCORES


@pytest.mark.parametrize("way", [None, *WAYS])
def test_score_stays_under_a_quarter(peak, naive_peak, way) -> None:
    assert peak(score_attention, way=way) < naive_peak / 4


def test_decomposition_stays_under_a_quarter(peak, naive_peak) -> None:
    assert peak(decomposition_attention) < naive_peak / 4
