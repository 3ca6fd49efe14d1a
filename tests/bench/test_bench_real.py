"""`bench regions --real`: layouts, colours and judging against what is painted; real classes of judges, tiny."""

from __future__ import annotations

import colorsys
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lib_omost.app.commands import bench_drawing
from lib_omost.app.commands.cli import main
from lib_omost.bench.layouts import GRAY, WRONG
from lib_omost.bench.obedience import pixels_of
from lib_omost.bench.real.colors import SHADES, share_of_color
from lib_omost.bench.real.figures import Setup, figures, report, table
from lib_omost.bench.real.judging import Box, Found, by_comparison, by_detector, overlap
from lib_omost.bench.real.layouts import COLORS, NOUNS, SCENES, RealLayout, real_layouts
from lib_omost.bench.real.models import open_judge, task_of
from lib_omost.bench.real.run import run
from lib_omost.bench.sheet import REAL_NOTE, contact_sheet
from lib_omost.errors import ModelError

RGB = {
    **{"red": (200, 30, 30), "yellow": (240, 220, 40), "green": (30, 160, 50), "blue": (40, 70, 225)},
    **{"white": (245, 245, 245), "black": (15, 15, 15), "brown": (110, 65, 30)},
}
ROWS = ("plain", "score")
SETUP = Setup("1.0", "model.safetensors", "by itself", "cpu", "fake (fake)", {"steps": 20})


def paint(layout: RealLayout, method: str) -> Any:
    """plain: gray alone; score: every box in its colour."""
    image = np.full((180, 180, 3), 128, np.uint8)
    for asked in layout.asked if method == "score" else ():
        image[pixels_of(asked.rect, 180, 180)] = RGB[asked.color]
    return image


def finds(layout: RealLayout) -> Callable[[Any, Sequence[str]], list[Found]]:
    """Finds what was painted: every box that is not gray, by the layout's nouns."""

    def detect(image: Any, nouns: Sequence[str]) -> list[Found]:
        assert list(nouns) == [asked.noun for asked in layout.asked]
        found = []
        for asked in layout.asked:
            if (image[pixels_of(asked.rect, 180, 180)] != 128).any(-1).mean() > 0.5:
                top, bottom, left, right = (edge / 90 for edge in asked.rect)
                found.append(Found(asked.noun, Box(left, top, right, bottom), 0.9))
        return found

    return detect


def judge(image: Any, layout: RealLayout) -> Any:
    return by_detector(finds(layout))(image, layout)


def test_there_are_forty_layouts_of_things_that_suit_their_scene() -> None:
    layouts = real_layouts()
    assert len(layouts) == len({layout.seed for layout in layouts}) == 40
    assert layouts == real_layouts()
    assert [len(one.asked) for one in real_layouts(2)] == [2, 2, 3, 3, 4, 4]
    for layout in layouts:
        background, nouns = SCENES[layout.scene]
        assert {one.noun for one in layout.asked} <= set(nouns) <= set(NOUNS)
        colors = [one.color for one in layout.asked]
        assert len(set(colors)) == len(colors)
        assert background not in colors
        for asked, region in zip(layout.asked, layout.canvas.regions, strict=True):
            assert region.rect == asked.rect
            assert region.description == f"a {asked.color} {asked.noun}"
            assert region.color_name == asked.color
    assert {one.noun for layout in layouts for one in layout.asked} == set(NOUNS)
    assert {one.color for layout in layouts for one in layout.asked} == set(COLORS)


@pytest.mark.parametrize("said", [GRAY, WRONG])
def test_a_layout_can_say_other_colours_in_its_fields(said: str) -> None:
    for layout in real_layouts(3):
        regions = layout.saying(said).canvas.regions
        assert [one.description for one in regions] == [one.description for one in layout.canvas.regions]
        assert all(one.color_name != asked.color for one, asked in zip(regions, layout.asked, strict=True))


def test_no_layout_says_anything_else() -> None:
    with pytest.raises(ValueError, match="no layout says"):
        real_layouts(1)[0].saying("pink")


@given(st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=30), st.sampled_from(COLORS))
def test_shares_of_colours_are_those_of_a_naive_reference(pixels: list[tuple[int, int, int]], color: str) -> None:
    shades = SHADES[color]

    def has(pixel: tuple[int, int, int]) -> bool:
        hue, saturation, value = colorsys.rgb_to_hsv(*(part / 255 for part in pixel))
        first, last = shades.hue
        in_hue = first <= hue * 360 <= last if first <= last else hue * 360 >= first or hue * 360 <= last
        in_rest = shades.saturation[0] <= saturation <= shades.saturation[1]
        return in_hue and in_rest and shades.value[0] <= value <= shades.value[1]

    near = sum(has(pixel) for pixel in pixels) / len(pixels)
    found = share_of_color(np.array([pixels], np.uint8), color)
    assert found == pytest.approx(near, abs=1 / len(pixels) + 1e-6)  # float32 may fall on the other side of an edge


@pytest.mark.parametrize("asked", COLORS)
@pytest.mark.parametrize("shown", COLORS)
def test_each_colour_is_itself_and_no_other(asked: str, shown: str) -> None:
    image = np.full((4, 4, 3), RGB[shown], np.uint8)
    assert share_of_color(image, asked) == (asked == shown)


boxes = st.tuples(*[st.integers(0, 20)] * 4).filter(lambda b: b[0] < b[2] and b[1] < b[3])


@given(boxes, boxes)
def test_overlap_is_that_of_the_cells_in_both_and_in_either(
    a: tuple[int, int, int, int], b: tuple[int, int, int, int]
) -> None:
    def cells(box: tuple[int, int, int, int]) -> set[tuple[int, int]]:
        return {(x, y) for x in range(box[0], box[2]) for y in range(box[1], box[3])}

    expected = len(cells(a) & cells(b)) / len(cells(a) | cells(b))
    assert overlap(Box(*a), Box(*b)) == overlap(Box(*b), Box(*a)) == pytest.approx(expected)


def test_what_is_painted_as_asked_is_right_and_gray_is_not() -> None:
    outcome = run(paint, lambda: judge, real_layouts(3), ROWS)
    plain, score = (figures(outcome.judged[row]) for row in ROWS)
    assert score["regions_right"].value == score["whole_right"].value == score["iou"].value == 1
    assert plain["regions_right"].value == plain["in_place"].value == plain["iou"].value == 0


@pytest.mark.parametrize(
    ("moved", "color", "right"),
    [(0.0, None, (True, True)), (0.12, None, (True, True)), (0.5, None, (False, True)), (0.0, "gray", (True, False))],
)
def test_place_and_colour_are_judged_apart(moved: float, color: str | None, right: tuple[bool, bool]) -> None:
    layout = real_layouts(1)[0]
    image = paint(layout, "plain" if color else "score")
    first, *_ = layout.asked
    top, bottom, left, right_edge = (edge / 90 for edge in first.rect)
    by = moved * (bottom - top)
    found = [
        Found(first.noun, Box(left, top + by, right_edge, bottom + by), 0.9),
        Found(first.noun, Box(0, 0, 0.01, 0.01), 1.0),
    ]
    judged = by_detector(lambda *_: found)(image, layout)
    assert (judged.there[0], judged.colored[0]) == right
    assert judged.there[1:] == judged.colored[1:] == (False,) * (len(layout.asked) - 1)


def test_a_comparison_knows_no_boxes() -> None:
    layout = real_layouts(1)[2]
    cuts: list[Any] = []

    def compare(cut: Any, nouns: Sequence[str]) -> str:
        assert tuple(nouns) == NOUNS
        cuts.append(cut)
        return layout.asked[0].noun

    judged = by_comparison(compare)(paint(layout, "score"), layout)
    assert judged.there == (True, False, False, False)
    assert all(judged.colored)
    assert all(math.isnan(one) for one in judged.iou)
    for cut, asked in zip(cuts, layout.asked, strict=True):
        rows, columns = pixels_of(asked.rect, 180, 180)
        assert cut.shape[:2] == (rows.stop - rows.start, columns.stop - columns.start)


def test_the_first_picture_is_not_timed_and_the_judge_comes_last() -> None:
    done: list[Any] = []

    def draw(layout: RealLayout, method: str) -> Any:
        done.append((layout.seed, method))
        return paint(layout, method)

    def opened() -> Any:
        done.append("judge")
        return judge

    memory = iter([7, 11, 13])
    layouts = real_layouts(1)
    outcome = run(draw, opened, layouts, ("plain, gray colours", "score"), peak=lambda: next(memory))
    seeds = [layout.seed for layout in layouts]
    expected = [(seed, method) for method in ("plain", "score") for seed in seeds]
    assert done == [(seeds[0], "plain"), *expected, "judge"]
    assert [cost.peak for cost in outcome.costs.values()] == [11, 13]
    assert all(len(cost.seconds) == len(layouts) for cost in outcome.costs.values())


def test_the_report_and_the_sheet_hold_every_row(tmp_path: Path) -> None:
    outcome = run(paint, lambda: judge, real_layouts(2), ROWS)
    told = json.loads(json.dumps(report(outcome, SETUP)))
    assert told["methods"]["score"]["regions_right"]["value"] == 1
    assert told["gains"]["score - plain"]["whole_right"]["value"] == 1
    assert [len(one["shown"]["score"]["iou"]) for one in told["layouts"]] == [2, 2, 3, 3, 4, 4]
    assert told["setup"]["checkpoint"] == "model.safetensors"
    assert "score − plain" in table(outcome)
    assert min(contact_sheet(outcome, REAL_NOTE).size) > 300


@pytest.fixture(scope="module")
def judges(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A detector that knows its classes, one that is told them, and a CLIP: real classes, random weights."""
    import torch
    from transformers import (
        CLIPConfig,
        CLIPImageProcessorPil,
        CLIPModel,
        CLIPProcessor,
        OwlViTConfig,
        OwlViTForObjectDetection,
        OwlViTImageProcessorPil,
        OwlViTProcessor,
        YolosConfig,
        YolosForObjectDetection,
        YolosImageProcessorPil,
    )

    from lib_omost.mini.tokenizer import load_tokenizer

    torch.manual_seed(0)
    root = tmp_path_factory.mktemp("judges")
    small = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = {**small, "vocab_size": 49408, "projection_dim": 16}
    vision = {**small, "image_size": 32, "patch_size": 16, "projection_dim": 16}
    labels = dict(enumerate(NOUNS))
    yolos = YolosConfig(**small, image_size=[32, 32], patch_size=16, num_detection_tokens=5, id2label=labels)
    YolosForObjectDetection(yolos).save_pretrained(root / "yolos")
    YolosImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(root / "yolos")
    tokenizer = load_tokenizer()
    shared = {"text_config": text, "vision_config": vision, "projection_dim": 16}
    OwlViTForObjectDetection(OwlViTConfig(**shared)).save_pretrained(root / "owl")
    OwlViTProcessor(OwlViTImageProcessorPil(size={"height": 32, "width": 32}), tokenizer).save_pretrained(root / "owl")
    CLIPModel(CLIPConfig(**shared)).save_pretrained(root / "clip")
    square = {"height": 32, "width": 32}
    CLIPProcessor(CLIPImageProcessorPil(size=square, crop_size=square), tokenizer).save_pretrained(root / "clip")
    return {path.name: path for path in root.iterdir()}


@pytest.mark.parametrize("name", ["yolos", "owl", "clip"])
def test_a_model_of_the_users_judges(judges: dict[str, Path], name: str) -> None:
    layouts = real_layouts(1)
    opened = open_judge(str(judges[name]), 0.0)
    for layout in layouts:
        judged = opened(paint(layout, "score"), layout)
        assert len(judged.regions) == len(layout.asked)
        assert all(math.isnan(one) or 0 <= one <= 1 for one in judged.iou)
        assert (name == "clip") == math.isnan(judged.iou[0])


def test_a_model_that_cannot_judge_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model that can be read"):
        task_of(str(tmp_path))
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(ModelError, match="finds no things"):
        task_of(str(tmp_path))


def test_the_command_draws_judges_and_writes_what_can_be_sent_back(
    judges: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_drawing, "spare_a_core", lambda: None)
    assert main(["bench", "regions", "--real"]) == 2
    assert "--judge" in capsys.readouterr().err
    files = ["--result", str(tmp_path / "result.json"), "--sheet", str(tmp_path / "sheet.png")]
    small = ["--layouts", "1", "--steps", "2", "--rows", "plain", "score"]
    assert main(["bench", "regions", "--real", "--judge", str(judges["yolos"]), *small, *files]) == 0
    assert "regions right" in capsys.readouterr().out
    sent = (tmp_path / "result.json").read_text()
    told = json.loads(sent)
    assert str(tmp_path) not in sent
    assert str(judges["yolos"].parent) not in sent
    assert told["setup"]["judge"] == "yolos (yolos)"
    assert (told["setup"]["settings"]["width"], told["setup"]["settings"]["steps"]) == (128, 2)
    assert set(told["methods"]) == {"plain", "score"}
    assert min(Image.open(tmp_path / "sheet.png").size) > 200
