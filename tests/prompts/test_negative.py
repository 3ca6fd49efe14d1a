from __future__ import annotations

import pytest

from lib_omost.canvas import Canvas
from lib_omost.prompts import negative_with


@pytest.mark.parametrize(
    ("negative", "absent", "joined"),
    [
        ("", (), ""),
        ("blurry, ", (), "blurry, "),
        ("", ("people", "cars"), "people, cars"),
        ("blurry", ("people",), "blurry, people"),
        ("blurry,\n", ("people",), "blurry, people"),
        ("blurry, People", ("people", "tall trees"), "blurry, People, tall trees"),
        ("street people", ("people",), "street people, people"),
    ],
)
def test_what_is_absent_joins_the_negative_prompt_once(negative: str, absent: tuple[str, ...], joined: str) -> None:
    canvas = Canvas("A street.", absent=absent)
    assert negative_with(canvas, negative) == joined
    assert negative_with(canvas, joined) == joined  # as when an infotext was pasted
