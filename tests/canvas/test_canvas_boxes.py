"""A region's place as numbers, as other programs have it, and in other forms of words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lib_omost.canvas import parse_reply

LocalCall = Callable[..., str]


@pytest.mark.parametrize(
    ("box", "wanted"),
    [
        ("[0, 20, 40, 50]", (20, 70, 0, 40)),
        ("(0, 20, 40, 50)", (20, 70, 0, 40)),
        ("[0.0, 0.5, 0.5, 0.5]", (45, 90, 0, 45)),
        ("[50, 50, 80, 90]", (50, 90, 50, 80)),  # as [x, y, width, height] it would leave the grid
        ("[80, 80, 40, 40]", (80, 90, 80, 90)),
        ("'0, 20, 40, 50'", (20, 70, 0, 40)),
        ("['0', '20', '40', '50']", (20, 70, 0, 40)),
        ("['0%', '22%', '44%', '56%']", (20, 70, 0, 40)),
        ("[[0, 20], [40, 70]]", (20, 70, 0, 40)),
        ("{'x': 0, 'y': 20, 'width': 40, 'height': 50}", (20, 70, 0, 40)),
        ("{'left': 0, 'top': 20, 'right': 40, 'bottom': 70}", (20, 70, 0, 40)),
        ("{'x1': 0, 'y1': 20, 'x2': 40, 'y2': 70}", (20, 70, 0, 40)),
        ("{'xmin': 0.0, 'ymin': 0.5, 'xmax': 0.5, 'ymax': 1.0}", (45, 90, 0, 45)),
    ],
)
def test_boxes_of_other_programs(box: str, wanted: tuple[int, ...], global_call: str, local_call: LocalCall) -> None:
    parsed = parse_reply(global_call + local_call(location=None, offset=None, area=None, bbox=box, name="'cat'"))
    assert parsed.canvas is not None
    (region,) = parsed.canvas.regions
    assert region.rect == wanted
    assert parsed.problems == ()


@pytest.mark.parametrize(
    "arguments",
    [
        {"x": "0", "y": "20", "width": "40", "height": "50"},
        {"x": "0", "y": "20", "w": "40", "h": "50"},
        {"left": "0", "top": "20", "right": "40", "bottom": "70"},
        {"x0": "0", "y0": "20", "x1": "40", "y1": "70"},
        {"x1": "0", "y1": "20", "x2": "40", "y2": "70"},
        {"xyxy": "[0, 20, 40, 70]"},
        {"box_2d": "[222, 0, 778, 444]"},
        {"rectangle": "[0, 20, 40, 50]"},
    ],
)
def test_boxes_under_other_names(arguments: dict[str, str], global_call: str, local_call: LocalCall) -> None:
    parsed = parse_reply(global_call + local_call(location=None, offset=None, area=None, **arguments))
    assert parsed.canvas is not None
    assert [region.rect for region in parsed.canvas.regions] == [(20, 70, 0, 40)]
    assert parsed.problems == ()


def test_edges_that_make_no_rectangle_are_told(global_call: str, local_call: LocalCall) -> None:
    parsed = parse_reply(global_call + local_call(x="5", width="40"))
    assert parsed.canvas is not None
    assert [region.location for region in parsed.canvas.regions] == ["on the left"]
    assert [problem.message for problem in parsed.problems] == ["x, width make no rectangle"]


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ({"location": "(15, 45)"}, "on the left"),
        ({"location": "[0.8, 0.9]"}, "on the bottom-right"),
        ({"location": "['top', 'left']"}, "on the top-left"),
        ({"location": "{'vertical': 'top', 'horizontal': 'right'}"}, "on the top-right"),
        ({"location": None, "position": "'right'"}, "on the right"),
    ],
)
def test_places_in_other_forms(
    arguments: dict[str, str | None], wanted: str, global_call: str, local_call: LocalCall
) -> None:
    parsed = parse_reply(global_call + local_call(**arguments))
    assert parsed.canvas is not None
    assert [region.location for region in parsed.canvas.regions] == [wanted]
    assert parsed.problems == ()
