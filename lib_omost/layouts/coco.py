"""COCO's boxes: a JSON object with images, categories and annotations, whose `bbox` is [x, y, width, height] in pixels.

Source: cocodataset.org, "Data format". Written, each region is a category of its own, and what COCO has no field for
stands in `attributes`, as annotation tools keep theirs; so a canvas comes back whole. `segmentation` is a
region's mask, as polygons or as runs of pixels, column by column, compressed or not.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lib_omost.canvas import GRID, Canvas, ParsedReply, Rect, Region, canvas_from_json, canvas_to_json
from lib_omost.canvas.build import whole_reply
from lib_omost.canvas.remarks import REMARK_FIELDS
from lib_omost.canvas.report import Reports
from lib_omost.errors import CanvasError, whole_characters
from lib_omost.layouts.parts import WrittenLayout, as_many_as_fit, rect_of_shares, region_at, shaped, whole_of
from lib_omost.layouts.segments import runs_of, segmented

Box = tuple[float, float, float, float]  # x, y, width, height in pixels
_FENCED = re.compile(
    r"^[ \t]{0,8}```[ \t]*(?:json)?[ \t]*\n(.*?)^[ \t]{0,8}```", re.DOTALL | re.MULTILINE | re.IGNORECASE
)
_RESULT = {"image_id", "category_id", "bbox"}
SIDE = 1024  # pixels of a picture whose size is not known


def coco_of(text: str) -> Mapping[str, Any] | None:
    """The data of a text that is COCO's JSON, a list of its results, or has one in a fence; None for any other text."""
    if '"annotations"' not in text and '"category_id"' not in text:
        return None
    bare = text.lstrip("\ufeff \t\r\n")
    if not bare.startswith(("{", "[")) and (fenced := _FENCED.search(text)) is not None:
        bare = fenced[1]
    try:
        data = json.loads(bare)
    except (ValueError, RecursionError):
        return None
    if isinstance(data, list) and data and all(isinstance(one, dict) and one.keys() >= _RESULT for one in data):
        data = {"annotations": data, "categories": []}
    is_coco = isinstance(data, dict) and isinstance(data.get("annotations"), list)
    return data if is_coco and ("images" in data or "categories" in data) else None


def read_coco(data: Mapping[str, Any]) -> ParsedReply:
    """The boxes of the first picture that has any, each described by its category's name.

    Raises CanvasError when the file says nothing of a picture.
    """
    reports = Reports()
    annotations = _objects(data, "annotations")
    images = {_key(each.get("id")): each for each in _objects(data, "images")}
    pictures = list(dict.fromkeys(_key(each.get("image_id")) for each in annotations if _box_of(each)))
    picture = next(iter([*pictures, *images]), None)
    if picture is None:
        raise CanvasError("this COCO file has no boxes", line=1, expected="annotations with a bbox")
    image = images.get(picture, {})
    if len(pictures) > 1:
        name = (_text(image.get("file_name")) or picture)[:100]
        reports.problem(1, f"boxes of {len(pictures)} pictures stand here; those of {name} were read")
    of_picture = [each for each in annotations if _key(each.get("image_id")) == picture]
    boxes = [(each, box) for each in of_picture if (box := _box_of(each))]
    if unread := sum(1 for each in annotations if "bbox" in each and not _box_of(each)):
        reports.problem(1, f"{unread} annotations have a bbox that cannot be read", "[x, y, width, height] in pixels")
    size = _size(image, [box for _, box in boxes], reports) if boxes else (1.0, 1.0)
    names = {_key(each.get("id")): _text(each.get("name")) for each in _objects(data, "categories")}
    regions = []
    for each, box in as_many_as_fit(boxes, reports):
        region = _region(box, names.get(_key(each.get("category_id")), ""), size, reports)
        if region is not None:
            region = _with_attributes(region, each.get("attributes"))
            regions.append(region if region.mask else _with_shape(region, each.get("segmentation"), size, reports))
    captions = [text for each in of_picture if (text := _text(each.get("caption")))]
    return whole_reply(_whole(image.get("attributes"), captions, reports), regions, reports)


def _region(box: Box, name: str, size: tuple[float, float], reports: Reports) -> Region | None:
    x, y, width, height = box
    rect = rect_of_shares(y / size[1], (y + height) / size[1], x / size[0], (x + width) / size[0])
    if rect is None:
        reports.problem(1, f"the box of {name[:60]!r} is empty, too thin or outside the picture, and was left out")
        return None
    if not name:
        reports.correct(1, f"the box at {list(rect)} has no category and so no words")
    return region_at(rect, name)


def _with_shape(region: Region, segmentation: object, size: tuple[float, float], reports: Reports) -> Region:
    if not segmentation:
        return region
    cells = segmented(segmentation, size)
    if cells is None:
        reports.correct(1, f"the shape of {region.description[:60]!r} cannot be read; its box was taken")
        return region
    return shaped(region, cells)


def _with_attributes(plain: Region, attributes: object) -> Region:
    """The region with the fields that this program wrote beside its box; box and category, which tools edit, win."""
    if not isinstance(attributes, Mapping):
        return plain
    data = canvas_to_json(Canvas("", regions=(plain,)))
    fields = data["regions"][0]
    fields |= {key: value for key, value in attributes.items() if key in {*fields, *REMARK_FIELDS} - {"description"}}
    try:
        (region,) = canvas_from_json(data).regions
    except CanvasError:
        return plain  # another tool's attributes
    if region.rect == plain.rect:
        return region
    place = {name: getattr(plain, name) for name in ("location", "offset", "area", "free_rect")}
    return replace(region, **place)


def _whole(attributes: object, captions: Sequence[str], reports: Reports) -> Canvas | None:
    """The whole picture as this program wrote it, or as captions describe it."""
    own = _own_whole(attributes)
    if own is not None and own.description:
        if captions:
            reports.problem(1, "captions were left out, for the file describes the whole picture otherwise")
        return own
    said = whole_of(captions, (), reports)
    if own is None or said is None:
        return own or said
    details = own.detailed_descriptions or said.detailed_descriptions
    return replace(own, description=said.description, detailed_descriptions=details)


def _own_whole(attributes: object) -> Canvas | None:
    """What this program wrote of the whole picture; None where it wrote nothing."""
    if not isinstance(attributes, Mapping):
        return None
    data = canvas_to_json(Canvas(""))
    try:
        return canvas_from_json(data | {key: value for key, value in attributes.items() if key != "regions"})
    except CanvasError:
        return None  # another tool's attributes


def _text(value: object) -> str:
    return whole_characters(value) if isinstance(value, str) else ""


def _objects(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = data.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _key(value: object) -> str:
    """An id, which is a number or a text."""
    return str(value)[:100] if isinstance(value, (int, str)) else ""


def _box_of(annotation: Mapping[str, Any]) -> Box | None:
    """Its bbox, or the box around its polygons; None when it has neither."""
    box = _numbers(annotation.get("bbox"))
    if len(box) == 4:
        return box[0], box[1], box[2], box[3]
    polygons = annotation.get("segmentation")
    points = [number for one in polygons for number in _numbers(one)] if isinstance(polygons, list) else []
    if len(points) < 6:
        return None
    xs, ys = points[::2], points[1::2]
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def _numbers(value: object) -> list[float]:
    """The numbers of a list of nothing else; empty for anything else."""
    if not isinstance(value, list) or not all(
        isinstance(one, (int, float)) and not isinstance(one, bool) for one in value
    ):
        return []
    try:
        numbers = [float(one) for one in value]
    except OverflowError:
        return []
    return numbers if all(map(math.isfinite, numbers)) else []


def _size(image: Mapping[str, Any], boxes: Sequence[Box], reports: Reports) -> tuple[float, float]:
    """Width and height of the picture; where the file does not say, what its boxes reach."""
    said = _numbers([image.get("width"), image.get("height")])
    if len(said) == 2 and min(said) > 0:
        return said[0], said[1]
    reports.correct(1, "the size of the picture is not told; it was taken to end where the boxes end")
    return max(1.0, *(x + width for x, _, width, _ in boxes)), max(1.0, *(y + height for _, y, _, height in boxes))


def write_coco(canvas: Canvas, width: int = SIDE, height: int = SIDE) -> WrittenLayout:
    """One picture of `width` × `height` pixels, and a category and an annotation for each region."""
    data = canvas_to_json(canvas)
    whole = {key: value for key, value in data.items() if key != "regions"}
    data_of = list(zip(canvas.regions, data["regions"], strict=True))
    coco = {
        "info": {"description": canvas.description},
        "images": [{"id": 1, "file_name": "canvas.png", "width": width, "height": height, "attributes": whole}],
        "categories": [{"id": number, "name": region.description} for number, (region, _) in enumerate(data_of, 1)],
        "annotations": [
            {
                "id": number,
                "image_id": 1,
                "category_id": number,
                "bbox": (box := _pixels(region.rect, width, height)),
                "area": box[2] * box[3],
                "iscrowd": 0,
                "attributes": fields,
                **_segmentation(region, width, height),
            }
            for number, (region, fields) in enumerate(data_of, 1)
        ],
    }
    return WrittenLayout(json.dumps(coco, ensure_ascii=False, indent=2) + "\n")


def _segmentation(region: Region, width: int, height: int) -> dict[str, Any]:
    """A mask as runs of pixels, which COCO's own tools take with `iscrowd` alone."""
    if region.mask is None:
        return {}
    runs, pixels = runs_of(region, width, height)
    return {"segmentation": {"size": [height, width], "counts": runs}, "area": pixels, "iscrowd": 1}


def _pixels(rect: Rect, width: int, height: int) -> list[float]:
    """[x, y, width, height]."""
    across, down = width / GRID, height / GRID
    x, y = rect.left * across, rect.top * down
    return [x, y, (rect.right - rect.left) * across, (rect.bottom - rect.top) * down]
