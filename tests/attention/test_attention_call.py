"""Every row of a call is in exactly one group, or among the others."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.attention.call import RegionalCall
from lib_omost.attention.run import RegionalRun

CARRIED = st.lists(st.sampled_from([None, 0, 1, 2]), min_size=1, max_size=9)


def calls(make_context) -> RegionalCall:
    return RegionalCall(8, 8, tuple(RegionalRun(make_context([(0, 90, 0, 90)], [number])) for number in (1, 2, 3)))


@given(carried=CARRIED)
def test_each_row_follows_its_canvas(make_context, carried) -> None:
    call = calls(make_context)
    call.begin(carried)
    numbers = torch.arange(len(carried))
    found: list[int | None] = ["nobody"] * len(carried)
    for run, rows in call.groups:
        for row in numbers[rows].tolist():
            assert found[row] == "nobody"
            found[row] = call.runs.index(run)
    if call.others is not None:
        for row in numbers[call.others].tolist():
            assert found[row] == "nobody"
            found[row] = None
    assert found == carried
    assert call.rows == len(carried)
    assert call.ever is any(one is not None for one in carried)


@given(calls_of_a_run=st.lists(CARRIED, min_size=2, max_size=6))
def test_a_call_is_told_by_its_own_rows_alone(make_context, calls_of_a_run) -> None:
    call = calls(make_context)
    for carried in calls_of_a_run:
        call.begin(carried)
        fresh = calls(make_context)
        fresh.begin(carried)
        assert [(call.runs.index(run), index(rows)) for run, rows in call.groups] == [
            (fresh.runs.index(run), index(rows)) for run, rows in fresh.groups
        ]
        assert index(call.others) == index(fresh.others)
    assert call.ever is any(one is not None for carried in calls_of_a_run for one in carried)


def test_rows_side_by_side_are_a_view(make_context) -> None:
    call = calls(make_context)
    call.begin([None, None, 0, 0])
    (_, rows), x = call.groups[0], torch.zeros(4, 2)
    assert x[rows].data_ptr() == x[2:].data_ptr()
    assert x[call.others].data_ptr() == x.data_ptr()


def index(rows: slice | torch.Tensor | None) -> object:
    return rows.tolist() if isinstance(rows, torch.Tensor) else rows
