"""A rectangle that a person drew stands in the code beside the words, and is told from what models write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib_omost.canvas import Canvas, Rect, in_words, parse_reply, write_canvas
from lib_omost.canvas.remarks import REMARKS


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_in_words_nothing_but_rectangles_and_remarks_goes(
    data: st.DataObject, canvases: st.SearchStrategy[Canvas]
) -> None:
    canvas = data.draw(canvases)
    worded = parse_reply(in_words(write_canvas(canvas))).require_canvas()
    defaults = {"free_rect": None, **{remark.field: remark.default for remark in REMARKS}}
    plain = (replace(region, **defaults) for region in canvas.regions)
    assert worded == replace(canvas, regions=tuple(plain))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("[10, 50, 0, 45]", Rect(10, 50, 0, 45)),
        ("(10, 50, 0, 45)", Rect(10, 50, 0, 45)),
        ("None", None),
    ],
)
def test_a_rectangle_is_read_as_it_stands(
    local_call: Callable[..., str], global_call: str, written: str, read: Rect | None
) -> None:
    reply = parse_reply(global_call + local_call(free_rect=written))
    assert reply.corrections == ()
    assert reply.problems == ()
    region = reply.require_canvas().regions[0]
    assert region.free_rect == read
    assert region.rect == (read or parse_reply(global_call + local_call()).require_canvas().regions[0].rect)


@pytest.mark.parametrize("written", ["[-5, 120, 0.4, 45]", "[-0.2, 90.4, 0, 45]"])
def test_one_that_leaves_the_grid_is_clipped_and_told(
    local_call: Callable[..., str], global_call: str, written: str
) -> None:
    reply = parse_reply(global_call + local_call(free_rect=written))
    assert [correction.message for correction in reply.corrections] == [
        "free_rect was clipped and rounded to [0, 90, 0, 45]"
    ]
    assert reply.require_canvas().regions[0].rect == Rect(0, 90, 0, 45)


@pytest.mark.parametrize(
    "written", ["[1, 2, 3]", "'left'", "[50, 10, 0, 45]", "[95, 99, 0, 45]", "[True, 9, 0, 5]", "7"]
)
def test_one_that_cannot_be_used_leaves_the_words(
    local_call: Callable[..., str], global_call: str, written: str
) -> None:
    reply = parse_reply(global_call + local_call(free_rect=written))
    assert "free_rect" in reply.problems[0].message
    assert reply.problems[0].expected.startswith("[top, bottom, left, right]")
    assert reply.require_canvas().regions[0].free_rect is None


def test_the_code_holds_it_only_where_there_is_one(local_call: Callable[..., str], global_call: str) -> None:
    both = parse_reply(global_call + local_call() + local_call(free_rect="[10, 50, 0, 45]")).require_canvas()
    assert write_canvas(both).count("free_rect=[10, 50, 0, 45],") == 1
    assert "free_rect" not in in_words(write_canvas(both))
