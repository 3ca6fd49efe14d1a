"""COCO's boxes: files of others, files of ours, and ours after another tool has edited them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib_omost.canvas import Canvas, Mask, Rect, Region
from lib_omost.errors import CanvasError
from lib_omost.layouts import read_layout, write_layout
from lib_omost.layouts.coco import write_coco
from lib_omost.layouts.segments import segmented
from tests.canvas.conftest import canvases, regions, texts

__all__ = ["canvases", "regions", "texts"]  # fixtures

FILE = {
    "images": [
        {"id": 7, "file_name": "000.jpg", "width": 640, "height": 480},
        {"id": 9, "file_name": "001.jpg", "width": 10, "height": 10},
    ],
    "categories": [{"id": 1, "name": "person"}, {"id": 18, "name": "dog"}],
    "annotations": [
        {"id": 1, "image_id": 7, "category_id": 18, "bbox": [320, 240, 320, 240], "area": 1, "iscrowd": 0},
        {"id": 2, "image_id": 7, "category_id": 1, "segmentation": [[0, 0, 64, 0, 64, 480, 0, 480]]},
        {"id": 3, "image_id": 7, "caption": "A man and his dog."},
        {"id": 4, "image_id": 9, "category_id": 1, "bbox": [1, 1, 2, 2]},
    ],
}

DISC = (
    "fS1a0_28I6K4L4L4M2N2M4M2N2N2N2N2N2O0O2N2N2O0O2O0O2O0O2O000O2O00000O2O00000000000000000000000000000001N1000001N10001N1"
    "01N101N101N2N2N101N2N2N2N2N2N3L3N2N3L4L4L5J7HRn0"
)  # a disc in the middle of 100 x 100 pixels, 40 pixels wide to each side
HOLED = (
    "lo0l1X1000000000000000000hN\\O0d00\\O0d00\\O0d00\\O0d00\\O0d00\\O0d00\\O0d00\\O0d00\\O0d00\\O0d0X100"
    "000000000000000000000000000000000000Vo3^N\\RL00000000000000000"
)  # rows 20 to 80 of columns 10 to 50 with a hole of 20 x 10, and a corner of 10 x 10


def canvas_in(data: dict[str, Any]) -> Canvas:
    loaded = read_layout(json.dumps(data))
    assert loaded.format == "COCO"
    return loaded.parsed.require_canvas()


def found(canvas: Canvas) -> list[tuple[str, tuple[int, ...]]]:
    return [(region.description, tuple(region.rect)) for region in canvas.regions]


def test_boxes_polygons_and_captions_of_the_first_picture() -> None:
    loaded = read_layout(json.dumps(FILE))
    canvas = loaded.parsed.require_canvas()
    assert found(canvas) == [("dog", (45, 90, 45, 90)), ("person", (0, 90, 0, 9))]
    assert canvas.description == "A man and his dog."
    assert [problem.message for problem in loaded.parsed.problems] == [
        "boxes of 2 pictures stand here; those of 000.jpg were read"
    ]


def test_a_picture_without_a_size_ends_where_its_boxes_end() -> None:
    data = FILE | {"images": [{"id": 7}]}
    loaded = read_layout(json.dumps(data))
    assert found(loaded.parsed.require_canvas())[0] == ("dog", (45, 90, 45, 90))
    assert any("size" in correction.message for correction in loaded.parsed.corrections)


def test_a_fence_around_the_file_and_a_list_of_results() -> None:
    fenced = read_layout(f"Here it is:\n\n```json\n{json.dumps(FILE)}\n```\n")
    assert fenced.parsed.canvas == read_layout(json.dumps(FILE)).parsed.canvas
    results = read_layout(json.dumps([{"image_id": 7, "category_id": 18, "bbox": [0, 0, 320, 240], "score": 0.9}]))
    assert results.format == "COCO"
    assert [region.rect for region in results.parsed.require_canvas().regions] == [(0, 90, 0, 90)]


def test_a_box_that_cannot_be_read_is_told() -> None:
    data = FILE | {
        "annotations": [*FILE["annotations"], {"image_id": 7, "category_id": 1, "bbox": ["0", "0", "9", "9"]}]
    }
    loaded = read_layout(json.dumps(data))
    assert any("bbox that cannot be read" in problem.message for problem in loaded.parsed.problems)


@pytest.mark.parametrize("box", [[0, 0, 0, 5], [700, 0, 10, 10], [0, 0, 0.1, 480]])
def test_a_box_that_leaves_nothing_is_named(box: list[float]) -> None:
    data = FILE | {"annotations": [*FILE["annotations"], {"image_id": 7, "category_id": 1, "bbox": box}]}
    loaded = read_layout(json.dumps(data))
    assert len(loaded.parsed.require_canvas().regions) == 2
    assert any("person" in problem.message for problem in loaded.parsed.problems)


@pytest.mark.parametrize("box", ["x", [1, 2, 3], [1, 2, None, 4], [True, 1, 1, 1], {}, [10**400, 1, 1, 1]])
def test_an_odd_box_is_none(box: object) -> None:
    data = {"annotations": [{"image_id": 1, "bbox": box}], "categories": []}
    with pytest.raises(CanvasError, match="no boxes"):
        read_layout(json.dumps(data))


@given(data=st.data(), width=st.integers(8, 5000), height=st.integers(8, 5000))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_canvas_goes_there_and_comes_back_whole(
    data: st.DataObject, canvases: st.SearchStrategy[Canvas], width: int, height: int
) -> None:
    canvas = data.draw(canvases)
    written = write_layout(canvas, "coco", width, height)
    assert written.notes == ()
    assert canvas_in(json.loads(written.text)) == canvas


def test_what_another_tool_edits_wins_over_what_stood_there() -> None:
    cat = Region("on the left", "no offset", "a small vertical area", 2.0, "A cat.", ("Grey.",), color_name="gray")
    data = json.loads(write_layout(Canvas("A room.", regions=(cat,)), "coco", 900, 900).text)
    assert data["annotations"][0]["bbox"] == [0, 150, 350, 600]
    data["annotations"][0]["bbox"] = [450, 0, 450, 900]
    data["categories"][0]["name"] = "A dog."
    (dog,) = canvas_in(data).regions
    assert (dog.description, tuple(dog.rect)) == ("A dog.", (0, 90, 45, 90))
    assert (dog.distance_to_viewer, dog.detailed_descriptions) == (2.0, ("Grey.",))
    data["annotations"][0]["attributes"] = {"occluded": False, "color_name": "no colour"}
    data["images"][0]["attributes"] = {"weather": "sunny"}
    assert found(canvas_in(data)) == [("A dog.", (0, 90, 45, 90))]


def test_halves_of_characters_and_odd_names_do_no_harm() -> None:
    categories = [{"id": 1, "name": "a \ud800 man"}, {"id": 18, "name": {"no": "text"}}]
    data = FILE | {"categories": categories, "annotations": [*FILE["annotations"][:2], {"image_id": 7, "caption": 5}]}
    canvas = canvas_in(data)
    assert [region.description for region in canvas.regions] == ["", "a \ufffd man"]


def triangle_and_ring() -> Canvas:
    words = ("in the center", "no offset", "a small square area")
    ring = Mask(3, (0b111, 0b101, 0b111))
    stairs = Mask(4, (0b1, 0b11, 0b111, 0b1111))
    one = Region(*words, 2.0, "a ring", free_rect=Rect(10, 40, 20, 80), mask=ring)
    return Canvas("a wall", regions=(one, replace(one, description="stairs", mask=stairs), replace(one, mask=None)))


def test_a_mask_is_a_segmentation_and_comes_back() -> None:
    canvas = triangle_and_ring()
    data = json.loads(write_coco(canvas, 180, 360).text)
    for annotation, region in zip(data["annotations"], canvas.regions, strict=True):
        if region.mask is None:
            assert "segmentation" not in annotation
            continue
        runs = annotation["segmentation"]["counts"]
        line = [number % 2 for number, run in enumerate(runs) for _ in range(run)]
        naive = [int(region.cells[y * 90 // 360] >> x * 90 // 180 & 1) for x in range(180) for y in range(360)]
        assert line == naive
        assert (annotation["segmentation"]["size"], annotation["area"]) == ([360, 180], sum(naive))
    assert read_layout(json.dumps(data)).parsed.canvas == canvas
    for annotation in data["annotations"]:  # without what this program alone writes
        del annotation["attributes"]
    read = read_layout(json.dumps(data)).parsed.require_canvas()
    assert [region.cells for region in read.regions] == [region.cells for region in canvas.regions]


@pytest.mark.parametrize(
    ("segmentation", "cells"),
    [
        ([[0, 0, 100, 0, 0, 100]], 4050),  # half of the picture
        ([[0, 0, 50, 0, 50, 50, 0, 50], [50, 50, 100, 50, 100, 100, 50, 100]], 4050),
        ({"size": [100, 100], "counts": [5000, 5000]}, 4050),
        ({"size": [100, 100], "counts": [5000, 5001]}, None),
        # compressed, by pycocotools 2.0.11
        ({"size": [480, 640], "counts": "PPf4PPf4"}, 4050),
        ({"size": [100, 100], "counts": DISC}, 4050 * 50.13 / 50),
        ({"size": [100, 100], "counts": HOLED}, 1863),
        ({"size": [100, 100], "counts": "PYi4"}, None),  # another picture's
        ({"size": [100, 100], "counts": DISC[:-1]}, None),
        ({"size": [100, 100], "counts": DISC + "o"}, None),  # breaks off
        ({"size": [100, 100], "counts": "o" * 100_000}, None),
        ({"size": [100, 100], "counts": "P!"}, None),
        ({"size": [100, 100], "counts": "\u96ea"}, None),
        ({"size": [100, 100], "counts": ""}, None),
        ({"size": [2**30, 2**30], "counts": [2**59, 2**59]}, None),
        ({"size": [True, 100], "counts": [50, 50]}, None),
        ({"size": [100, 100], "counts": []}, None),
        ({}, None),
        ([[0, 0, 100]], None),
        ([["a"] * 6], None),
        ([[1e300] * 6], None),
        ([0, 0, 1, 1], None),
        ([[0, 0, 100, 0, 0, 100] * 20_000], None),
    ],
)
def test_others_segmentations_are_masks_or_left_to_their_box(segmentation: object, cells: int | None) -> None:
    found = segmented(segmentation, (100.0, 100.0))
    if cells is None:
        assert found is None
    else:
        assert found is not None
        assert abs(int(found.sum()) - cells) <= 90
    data = {
        "images": [{"id": 1, "width": 100, "height": 100}],
        "categories": [],
        "annotations": [{"image_id": 1, "bbox": [0, 0, 100, 100], "segmentation": segmentation}],
    }
    (region,) = read_layout(json.dumps(data)).parsed.require_canvas().regions
    assert (region.mask is None) == (cells is None or region.size == (region.rect.bottom * region.rect.right))
    assert cells is None or abs(region.size - cells) <= 90


def test_a_shape_that_cannot_be_read_is_told() -> None:
    annotation = {"image_id": 1, "category_id": 1, "bbox": [0, 0, 50, 50]}
    data = {"images": [{"id": 1, "width": 100, "height": 100}], "categories": [{"id": 1, "name": "cat"}]}
    for segmentation, is_told in (({"size": [100, 100], "counts": "PYi4"}, True), ([], False), (DISC, True)):
        loaded = read_layout(json.dumps(data | {"annotations": [annotation | {"segmentation": segmentation}]}))
        told = [each.message for each in loaded.parsed.corrections if "shape" in each.message]
        assert told == ["the shape of 'cat' cannot be read; its box was taken"] * is_told


@pytest.mark.parametrize("attributes", [{}, {"weather": "sunny"}, {"tags": "sunny"}, {"description": ""}])
def test_captions_are_read_beside_another_tools_attributes(attributes: dict[str, str]) -> None:
    image = {"id": 7, "width": 640, "height": 480, "attributes": attributes}
    assert canvas_in(FILE | {"images": [image]}).description == "A man and his dog."


def test_captions_beside_our_own_description_are_told_as_left_out() -> None:
    data = json.loads(write_layout(Canvas("A room.", regions=triangle_and_ring().regions), "coco").text)
    data["annotations"].append({"image_id": 1, "caption": "Two shapes."})
    loaded = read_layout(json.dumps(data))
    assert loaded.parsed.require_canvas().description == "A room."
    assert [problem.message for problem in loaded.parsed.problems] == [
        "captions were left out, for the file describes the whole picture otherwise"
    ]
