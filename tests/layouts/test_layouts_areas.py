"""Pictures with coloured areas: painted by the tests, with their regions known."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from lib_omost.canvas import COLORS, GRID, Canvas, Lora, Rect, write_canvas
from lib_omost.canvas.cells import array_of
from lib_omost.errors import BadInputError, CanvasError
from lib_omost.layouts import areas as areas_module
from lib_omost.layouts import read_areas, read_legend, read_picture
from tests.layouts.conftest import matrices

NAMES = ["red", "lime", "blue", "yellow", "aqua", "fuchsia", "darkred", "teal", "orange"]
PIXELS = 4  # a cell
Painted = Sequence[tuple[str, tuple[int, int, int, int]]]  # colour; top, bottom, left, right in cells


def painted(parts: Painted, ground: str = "white", format: str = "PNG", mode: str = "RGB") -> bytes:
    picture = Image.new(mode, (GRID * PIXELS, GRID * PIXELS), ground)
    for color, (top, bottom, left, right) in parts:
        box = (left * PIXELS, top * PIXELS, right * PIXELS - 1, bottom * PIXELS - 1)
        ImageDraw.Draw(picture).rectangle(box, COLORS.get(color, color))
    return saved(picture, format)


def saved(picture: Image.Image, format: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def found(canvas: Canvas) -> set[tuple[str, tuple[int, ...]]]:
    return {(region.color_name, tuple(region.rect)) for region in canvas.regions}


TWO: Painted = [("red", (10, 40, 5, 50)), ("blue", (50, 90, 30, 90))]


@given(rects=matrices(), holes=st.sets(st.integers(0, 8)))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_each_distinct_colour_is_one_region_at_its_place(rects: list[Rect], holes: set[int]) -> None:
    parts = [(NAMES[number], tuple(rect)) for number, rect in enumerate(rects) if number not in holes]
    large = [(name, rect) for name, rect in parts if (rect[1] - rect[0]) * (rect[3] - rect[2]) > 0.002 * GRID**2]
    small_share = sum((r[1] - r[0]) * (r[3] - r[2]) for name, r in parts if (name, r) not in large) / GRID**2
    assert small_share < 0.02
    if not large:
        with pytest.raises(CanvasError):
            read_areas(painted(parts)).require_canvas()
        return
    parsed = read_areas(painted(parts))
    assert found(parsed.require_canvas()) == set(large)
    assert parsed.problems == ()


@pytest.mark.parametrize("format", ["PNG", "BMP", "GIF", "TIFF", "WEBP", "JPEG"])
def test_every_kind_of_picture(format: str) -> None:
    options = {"quality": 60} if format in ("JPEG", "WEBP") else {}
    picture = Image.open(io.BytesIO(painted(TWO)))
    canvas = read_areas(saved(picture, format, **options)).require_canvas()
    assert found(canvas) == set(TWO)
    assert canvas.color_name == "white"


def test_regions_are_named_after_colours_or_by_a_legend() -> None:
    parsed = read_areas(painted(TWO))
    assert {region.description for region in parsed.require_canvas().regions} == {"red", "blue"}
    assert any("write what they show" in each.message for each in parsed.corrections)
    legend = read_legend("#ff0000: a red boat: old\n\nblue = the sea\nbackground: a harbour\n")
    canvas = read_areas(painted(TWO), legend).require_canvas()
    assert canvas.description == "a harbour"
    assert {region.description: tuple(region.rect) for region in canvas.regions} == {
        "a red boat: old": (10, 40, 5, 50),
        "the sea": (50, 90, 30, 90),
    }


def test_a_legend_chooses_and_what_it_names_and_is_not_there_is_told() -> None:
    parsed = read_areas(painted(TWO), read_legend("white: snow\n#fe0101: a boat\ngreen: grass"))
    canvas = parsed.require_canvas()
    assert {region.description for region in canvas.regions} == {"snow", "a boat"}
    assert ["#0000ff" in problem.message for problem in parsed.problems] == [True, False]
    assert ["#008000" in problem.message and "grass" in problem.message for problem in parsed.problems] == [False, True]


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_an_area_whose_colour_the_legend_lacks_is_told(format: str) -> None:
    parsed = read_areas(painted([*TWO, ("black", (0, 9, 0, 90))], format=format), read_legend("#ff0000: a red boat"))
    assert [region.description for region in parsed.require_canvas().regions] == ["a red boat"]
    (problem,) = parsed.problems
    assert "the legend says nothing of #0000" in problem.message
    assert "left out" in problem.message


def test_a_lora_in_a_legend_is_the_regions_and_told() -> None:
    parsed = read_areas(painted(TWO), read_legend("red: a boat <lora:boats:0.7>\nblue: the sea"))
    boat = next(region for region in parsed.require_canvas().regions if region.color_name == "red")
    assert (boat.description, boat.loras) == ("a boat", (Lora("boats", 0.7),))
    assert any("<lora:boats:0.7>" in each.message for each in parsed.corrections)


@pytest.mark.parametrize(
    "text",
    [
        "#ff0000: a boat\nblue: a house",
        "- red: a boat\n- blue: a house",
        "red - a boat\nblue – a house",
        "Red：a boat\nBlue：a house",
        "red\ta boat\nblue\ta house",
        "# what is where\n#f00: a boat\n// more\n\n#00f = a house",
        "| red | a boat |\n|---|---|\n| blue | a house |",
        '{"red": "a boat", "#0000ff": "a house"}',
        "\ufeffrgb(255, 0, 0): a boat\nrgb(0, 0, 255): a house",
    ],
)
def test_legends_in_other_forms(text: str) -> None:
    assert read_legend(text).words == {0xFF0000: "a boat", 0x0000FF: "a house"}


def test_a_colour_that_a_legend_names_twice_shows_both() -> None:
    assert read_legend("red: a boat\n#ff0000: a net").words == {0xFF0000: "a boat, a net"}


def test_a_picture_of_one_colour_is_told() -> None:
    parsed = read_areas(painted([]))
    assert parsed.canvas is None
    assert "nothing but its background" in parsed.problems[0].message


def test_a_legend_without_a_colour_is_refused_with_its_line() -> None:
    with pytest.raises(BadInputError, match="line 2"):
        read_legend("red: a boat\nnothing to see")


@pytest.mark.parametrize(
    ("ground", "mode", "parts", "wanted"),
    [
        ("black", "RGB", TWO, {"red", "blue"}),
        ((0, 0, 0, 0), "RGBA", [*TWO, ("white", (0, 9, 0, 90))], {"red", "blue", "white"}),
        ("white", "RGB", [*TWO, ("black", (60, 80, 40, 80))], {"red", "blue", "black"}),
        ("green", "RGB", TWO, {"red", "blue", "green"}),
    ],
)
def test_the_background_is_what_the_border_has_of_white_black_and_transparent(
    ground: str, mode: str, parts: Painted, wanted: set[str]
) -> None:
    canvas = read_areas(painted(parts, ground, mode=mode)).require_canvas()
    assert {name for name, _ in found(canvas)} == wanted


def test_a_round_area_has_its_box_and_a_mask_and_that_is_said_and_lines_are_no_area() -> None:
    picture = Image.new("RGB", (900, 900), "white")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((100, 200, 500, 600), "red")
    draw.rectangle((5, 5, 890, 890), outline="black", width=6)
    parsed = read_areas(saved(picture))
    ((name, rect),) = found(parsed.require_canvas())
    assert (name, rect) == ("red", (20, 60, 10, 50))
    (region,) = parsed.require_canvas().regions
    y, x = np.mgrid[:GRID, :GRID] + 0.5
    circle = np.hypot(y - 40, x - 30) <= 20
    assert region.cells is not None
    assert np.mean(array_of(region.cells) != circle) < 0.005
    assert any("78% of its box" in each.message or "79% of its box" in each.message for each in parsed.corrections)
    assert any("lines" in problem.message and "black" in problem.message for problem in parsed.problems)


def test_soft_edges_are_no_regions() -> None:
    picture = Image.open(io.BytesIO(painted(TWO))).resize((777, 555), Image.Resampling.BICUBIC)
    assert found(read_areas(saved(picture)).require_canvas()) == set(TWO)


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_a_photo_is_refused_with_what_to_do(format: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    with pytest.raises(CanvasError, match="no flat areas") as refused:
        read_areas(saved(Image.fromarray(noise), format))
    assert "one colour" in refused.value.hint


@pytest.mark.parametrize("data", [b"", b"nothing", painted(TWO)[:200], b"\x89PNG\r\n\x1a\n" + b"\0" * 50])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(BadInputError, match="no picture"):
        read_areas(data)


def test_a_huge_picture_is_refused_before_a_pixel_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(areas_module, "MOST_PIXELS", GRID * PIXELS * GRID * PIXELS - 1)
    monkeypatch.setattr(Image.Image, "convert", lambda *_: pytest.fail("a pixel was read"))
    with pytest.raises(BadInputError, match="too large"):
        read_areas(painted(TWO))


@pytest.mark.parametrize(
    ("told", "format"),
    [
        ("a ADDCOL b\nratio: 1,2", "Regional Prompter"),
        ("direction: horizontal\na\nb", "forge-couple"),
        (write_canvas(Canvas("A room.")), "canvas"),
        ("a photo of a room\nSteps: 20, Sampler: Euler, Size: 64x64", "coloured areas"),
        ("", "coloured areas"),
    ],
)
def test_a_picture_with_an_infotext_gives_the_layout_that_stands_there(told: str, format: str) -> None:
    info = PngInfo()
    info.add_text("parameters", told)
    data = saved(Image.open(io.BytesIO(painted(TWO))), pnginfo=info)
    loaded = read_picture(data)
    assert loaded.format == format
    assert loaded.parsed.canvas is not None
    assert read_picture(data, read_legend("red: a boat")).format == "coloured areas"
