"""LabelMe's JSON and YOLO's label files; forge-couple's presets; Regional Prompter's keywords in lower case."""

from __future__ import annotations

import json
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.canvas import GRID, Canvas, Rect
from lib_omost.errors import CanvasError
from lib_omost.layouts import Loaded, read_layout
from lib_omost.layouts.parts import region_at

NAMES = st.text("abcdefghij", min_size=1, max_size=8)


def canvas_of(loaded: Loaded) -> Canvas:
    assert loaded.parsed.canvas is not None
    return loaded.parsed.canvas


@st.composite
def boxes(draw: st.DrawFn) -> Rect:
    def extent() -> tuple[int, int]:
        start = draw(st.integers(0, GRID - 1))
        return start, draw(st.integers(start + 1, GRID))

    return Rect(*extent(), *extent())


def labelme(shapes: list[dict[str, object]], size: tuple[int, int] = (900, 450)) -> str:
    width, height = size
    return json.dumps({"version": "5.4.1", "flags": {}, "shapes": shapes, "imageWidth": width, "imageHeight": height})


@given(st.lists(st.tuples(boxes(), NAMES), min_size=1, max_size=5))
def test_labelme_rectangles(things: list[tuple[Rect, str]]) -> None:
    shapes: list[dict[str, object]] = [
        {
            "label": name,
            "shape_type": "rectangle",
            "points": [[rect.right * 10, rect.top * 5], [rect.left * 10, rect.bottom * 5]],
        }
        for rect, name in things
    ]
    loaded = read_layout(labelme(shapes))
    assert loaded.format == "LabelMe"
    assert loaded.parsed.problems == ()
    assert canvas_of(loaded).regions == tuple(region_at(rect, name) for rect, name in things)


def test_labelme_outlines_are_masks_and_lines_are_named() -> None:
    loaded = read_layout(
        labelme(
            [
                {"label": "roof", "shape_type": "polygon", "points": [[0, 0], [450, 0], [0, 450]]},
                {"label": "sun", "shape_type": "circle", "points": [[600, 200], [700, 200]]},
                {"label": "wire", "shape_type": "line", "points": [[0, 0], [900, 450]]},
                {"label": "dust", "shape_type": "point", "points": [[5, 5]]},
            ]
        )
    )
    roof, sun = canvas_of(loaded).regions
    assert roof.mask is not None
    assert abs(roof.size - 45 * 90 / 2) < 90
    assert abs(sun.size - math.pi * 10 * 20) < 30
    assert [name in problem.message for name, problem in zip(("wire", "dust"), loaded.parsed.problems, strict=True)]


def test_labelme_without_a_size_or_shapes() -> None:
    shapes = [{"label": "cat", "points": [[0, 0], [50, 50]], "shape_type": "rectangle"}]
    data = {"version": "5", "shapes": [*shapes, {**shapes[0], "label": "dog", "points": [[50, 0], [100, 100]]}]}
    loaded = read_layout(json.dumps(data))
    assert [tuple(region.rect) for region in canvas_of(loaded).regions] == [(0, 45, 0, 45), (0, 90, 45, 90)]
    assert any("size" in correction.message for correction in loaded.parsed.corrections)
    with pytest.raises(CanvasError):
        read_layout('{"shapes": [], "points": 0}')


@given(st.lists(st.tuples(boxes(), st.integers(0, 3)), min_size=1, max_size=5), st.booleans())
def test_yolo_rows(things: list[tuple[Rect, int]], has_names: bool) -> None:
    rows = [
        f"{kind} {(r.left + r.right) / 2 / GRID:.6f} {(r.top + r.bottom) / 2 / GRID:.6f} "
        f"{(r.right - r.left) / GRID:.6f} {(r.bottom - r.top) / GRID:.6f}"
        for r, kind in things
    ]
    names = ["cat", "dog", "old tree", "sun"] if has_names else [f"class {kind}" for kind in range(4)]
    # A number beyond 1 as the class shows that the rows are none of forge-couple.
    text = "\n".join([*rows, "7 0.5 0.5 0.5 0.5"]) + ("\nnames: [cat, dog, 'old tree', sun]" if has_names else "")
    loaded = read_layout(text)
    assert loaded.format == "YOLO"
    assert loaded.parsed.problems == ()
    assert canvas_of(loaded).regions[:-1] == tuple(region_at(rect, names[kind]) for rect, kind in things)
    assert canvas_of(loaded).regions[-1].description == "class 7"


@pytest.mark.parametrize(
    "names",
    [
        "names:\n  0: cat\n  1: dog\n",
        "names:\n- cat\n- dog\n",
        "cat\ndog\n",
        'names = ["cat", "dog"]',
        "{0: cat, 1: dog}",
    ],
)
def test_names_of_classes_in_many_forms(names: str) -> None:
    rows = "1 0.25 0.5 0.5 0.25 0.93\n0 0.75 0.5 0.5 0.25\n"
    if names.startswith("{"):
        names = f"nc: 2\nnames: {names}"
    assert [region.description for region in canvas_of(read_layout(rows + names)).regions] == ["dog", "cat"]
    if names.startswith("n"):
        assert [region.description for region in canvas_of(read_layout(names + "\n" + rows)).regions] == ["dog", "cat"]


def test_yolo_outlines_and_what_is_no_box() -> None:
    loaded = read_layout("3 0 0 0.5 0 0 1\n0 0.5 0.5 0.001 0.001\n")
    (region,) = canvas_of(loaded).regions
    assert region.mask is not None
    assert ["thin" in problem.message for problem in loaded.parsed.problems] == [True]


@pytest.mark.parametrize("text", ["0 0.5 0 1 1\ncat\n", "0.5 1 0 1 0.8\ndog\n", "0:0.5:0:1:1\ncat\n"])
def test_rows_of_forge_couple_stay_its(text: str) -> None:
    assert read_layout(text).format == "forge-couple"


@given(st.dictionaries(NAMES, st.lists(boxes(), min_size=1, max_size=4), min_size=1, max_size=3), st.booleans())
def test_presets_of_forge_couple(presets: dict[str, list[Rect]], is_framed: bool) -> None:
    rows = {
        name: [[r.left / GRID, r.right / GRID, r.top / GRID, r.bottom / GRID, 1.0] for r in rects]
        for name, rects in presets.items()
    }
    file = json.dumps({name: {"headers": ["x1"], "data": each} for name, each in rows.items()} if is_framed else rows)
    loaded = read_layout(file)
    assert loaded.format == "forge-couple"
    *others, last = presets
    wanted = list(presets[last])
    if Rect(0, GRID, 0, GRID) in wanted:
        wanted.remove(Rect(0, GRID, 0, GRID))  # is the whole picture
    if wanted:
        assert [region.rect for region in canvas_of(loaded).regions] == wanted
    assert all(any(name in problem.message for problem in loaded.parsed.problems) for name in others)
    lines = "\n".join(f"thing {number}" for number, _ in enumerate(presets[last]))
    worded = canvas_of(read_layout(file + "\n" + lines))
    assert len(worded.regions) == len(wanted)
    assert all(region.description.startswith("thing") for region in worded.regions)


@pytest.mark.parametrize(
    "text",
    [
        "a park addcomm a cat addcol a dog",
        "a park addcomm a cat break a dog\nDivide Ratio: 1,1",
        "a park\naddcomm\na cat\naddcol\na dog\nDivide Ratio: 1,1\n",
    ],
)
def test_keywords_of_regional_prompter_in_lower_case(text: str) -> None:
    loaded = read_layout(text)
    assert loaded.format == "Regional Prompter"
    canvas = canvas_of(loaded)
    upper = re.sub(r"add\w+|break", lambda match: match[0].upper(), text)
    assert canvas == canvas_of(read_layout(upper))
    assert [(region.description, region.rect) for region in canvas.regions] == [
        ("a cat", Rect(0, 90, 0, 45)),
        ("a dog", Rect(0, 90, 45, 90)),
    ]
    assert any("ADDCO" in one.message or "BREAK" in one.message for one in loaded.parsed.corrections)


@pytest.mark.parametrize("text", ["at the break of day a bird sings", "a break in the clouds"])
def test_a_break_in_prose_is_none(text: str) -> None:
    assert read_layout(text).parsed.canvas is None
