"""`convert`: what a file holds is told by its contents, what is lost is said, and pictures take a legend."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from lib_omost.canvas import parse_canvas, read_canvas
from lib_omost.layouts import FORMATS

PROMPT = "a harbour ADDCOMM\na red boat ADDCOL\na white house\nDivide Ratio: 1,2\n"


@pytest.mark.parametrize("format", FORMATS)
def test_a_canvas_goes_there_and_comes_back(omost: Callable, shapes: Path, tmp_path: Path, format: str) -> None:
    file = tmp_path / "new" / "layout"
    there = omost("convert", shapes, file, "--to", format)
    assert (there.code, there.out) == (0, "")
    back = omost("convert", file)
    assert back.code == 0
    (region,) = parse_canvas(back.out).regions
    assert region.description.rstrip(".").startswith("A red circle")
    if format != "regional-prompter":
        assert region.rect == parse_canvas(shapes.read_text()).regions[0].rect


def test_a_prompt_of_another_extension_becomes_code_on_stdout(omost: Callable) -> None:
    ran = omost("convert", "-", stdin=PROMPT.encode())
    assert ran.code == 0
    canvas = parse_canvas(ran.out)
    assert canvas.description == "a harbour"
    assert [(region.description, region.rect) for region in canvas.regions] == [
        ("a red boat", (0, 90, 0, 30)),
        ("a white house", (0, 90, 30, 90)),
    ]
    assert ran.err == ""


def test_what_the_other_program_cannot_hold_is_said(omost: Callable, shapes: Path) -> None:
    ran = omost("convert", shapes, "--to", "regional-prompter")
    assert "regional-prompter: The colours are lost." in ran.err
    assert "'A red circle.' went from [15, 75, 0, 35] to " not in ran.err  # its gaps can be cells
    assert "a red circle" in ran.out.lower()


def test_a_picture_is_known_by_its_contents_and_takes_a_legend(omost: Callable, tmp_path: Path) -> None:
    file = tmp_path / "layout.txt"
    picture = Image.new("RGB", (90, 90), "white")
    picture.paste((255, 0, 0), (0, 15, 30, 75))
    with file.open("wb") as out:
        picture.save(out, "PNG")
    ran = omost("convert", file, "--to", "json")
    assert "write what they show" in ran.err
    (region,) = json.loads(ran.out)["regions"]
    assert region["description"] == "red"
    legend = tmp_path / "legend.txt"
    legend.write_text("#ff0000: a boat\nbackground: a harbour", encoding="utf-8")
    ran = omost("convert", file, "--legend", legend)
    canvas = parse_canvas(ran.out)
    assert (canvas.description, canvas.regions[0].description) == ("a harbour", "a boat")
    assert canvas.regions[0].rect == (15, 75, 0, 30)


def test_cocos_picture_has_the_size_that_is_asked(omost: Callable, shapes: Path) -> None:
    data = json.loads(omost("convert", shapes, "--to", "coco", "--size", "900x1800").out)
    assert (data["images"][0]["width"], data["images"][0]["height"]) == (900, 1800)
    assert data["annotations"][0]["bbox"] == [0, 300, 350, 1200]


@pytest.mark.parametrize(
    ("stdin", "told"),
    [
        (b"", "there is no canvas"),
        (b"\x89PNG\r\n\x1a\n", "no picture"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b'{"annotations": [], "images": []}', "no boxes"),
    ],
)
def test_bad_input_ends_with_2_and_says_why(omost: Callable, stdin: bytes, told: str) -> None:
    ran = omost("convert", "-", stdin=stdin)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("omost: ")
    assert told in ran.err or stdin in (b"", b"\xff\xfe\x00")


def test_a_legend_that_cannot_be_read_is_named(omost: Callable, tmp_path: Path) -> None:
    picture = tmp_path / "x.png"
    Image.new("RGB", (9, 9), "red").save(picture)
    ran = omost("convert", picture, "--legend", tmp_path / "none.txt")
    assert ran.code == 2
    assert "none.txt" in ran.err


def test_a_file_that_holds_a_canvas_is_read_as_every_command_reads_it(omost: Callable, dragon_chat: Path) -> None:
    ran = omost("convert", dragon_chat)
    assert ran.out == omost("format", dragon_chat).out
    assert read_canvas(ran.out).canvas == read_canvas(dragon_chat.read_text(encoding="utf-8")).canvas


def test_cocos_own_files_are_read_and_larger_ones_refused_with_what_to_do(omost: Callable, tmp_path: Path) -> None:
    file = tmp_path / "instances.json"
    coco = {
        "images": [{"id": 1, "width": 100, "height": 100}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 50, 50]}],
    }
    file.write_text(json.dumps(coco) + " " * (20 * 2**20), encoding="utf-8")  # as large as that of val2017
    ran = omost("convert", file)
    assert ran.code == 0, ran.err
    assert "'cat'" in ran.out
    with file.open("ab") as end:
        end.truncate(64 * 2**20 + 1)
    ran = omost("convert", file)
    assert ran.code == 2
    assert "is over 64 MiB" in ran.err
    assert "one picture" in ran.err
    ran = omost("format", file)
    assert "is over 16 MiB" in ran.err
    assert "the reply or the chat alone" in ran.err
