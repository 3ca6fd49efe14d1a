"""X/Y/Z axes: offered once, and what they set reaches the script's settings of that job alone."""

from __future__ import annotations

import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lib_omost.canvas import Canvas
from lib_omost.errors import OmostError
from lib_omost.methods.names import UNET_METHODS
from lib_omost.page.presets import Presets
from lib_omost.settings.fields import FIELDS
from lib_omost.settings.model import read_arguments
from lib_omost.ui.axes import add_axes, idle_axes, overrides_of


class AxisOption:
    """The host's, with what the plot uses of it."""

    def __init__(self, label: str, type: Any, apply: Any, format_value: Any = None, choices: Any = None) -> None:
        self.label, self.type, self.apply, self.format_value, self.choices = label, type, apply, format_value, choices


class AxisOptionTxt2Img(AxisOption):
    """Of the plot's in txt2img alone."""


@pytest.fixture
def grid(presets: Presets) -> Any:
    grid = SimpleNamespace(
        AxisOption=AxisOption, AxisOptionTxt2Img=AxisOptionTxt2Img, axis_options=[AxisOption("Seed", int, None)]
    )
    add_axes(grid, lambda: presets)
    return grid


@pytest.fixture
def presets(tmp_path: Path) -> Presets:
    kept = Presets(tmp_path)
    for name in ("beach", "Alps"):
        kept.keep(name, Canvas(f"The {name}."))
    return kept


def test_each_axis_is_offered_once_however_often_the_page_is_made(grid: Any) -> None:
    labels = [option.label for option in grid.axis_options]
    add_axes(grid, lambda: Presets(Path("elsewhere")))
    assert [option.label for option in grid.axis_options] == labels
    assert len(labels) == 1 + sum(field.axis for field in FIELDS) + 1
    assert len(set(labels)) == len(labels)


def axis(grid: Any, word: str) -> Any:
    return next(option for option in grid.axis_options if word in option.label)


def test_choices_are_those_of_the_table(grid: Any) -> None:
    assert axis(grid, "Method").choices() == ["auto", *UNET_METHODS]


def test_an_axis_sets_its_field_for_the_copy_of_the_job_alone(grid: Any) -> None:
    p = SimpleNamespace()
    one, other = copy.copy(p), copy.copy(p)
    axis(grid, "Method").apply(one, "plain", ["plain", "score"])
    axis(grid, "Tag style").apply(one, "booru", [])
    settings = read_arguments([True, "code"], overrides_of(one))
    assert (settings.method, settings.style) == ("plain", "booru")
    assert overrides_of(other) == overrides_of(p) == {}


def test_the_denoise_of_the_draft_switches_the_draft_on(grid: Any) -> None:
    p = SimpleNamespace()
    axis(grid, "Denoise").apply(p, 0.92, [])
    settings = read_arguments([True, "code"], overrides_of(p))
    assert (settings.draft, settings.denoise) == (True, 0.92)


def test_a_canvas_is_captioned_by_what_it_shows(grid: Any, code: str) -> None:
    option = axis(grid, "Canvas")
    assert option.format_value(None, option, code) == "Canvas (code or JSON): A white background."
    assert option.format_value(None, option, "no canvas " * 9).endswith("…")


def test_a_preset_is_drawn_as_it_is_now_whatever_the_accordion_says(grid: Any, presets: Presets) -> None:
    option = axis(grid, "Preset")
    assert option.choices() == ["Alps", "beach"]
    p = SimpleNamespace()
    presets.keep("beach", Canvas("Another beach."))
    option.apply(p, "beach", [])
    settings = read_arguments([False, "code", "plain"], overrides_of(p))
    assert settings.enabled
    assert settings.method == "plain"
    assert settings.read_canvas().canvas == Canvas("Another beach.")
    assert option.format_value(None, option, "beach") == "Preset: beach"
    with pytest.raises(OmostError, match="no preset 'x'"):
        option.apply(p, "x", [])


@pytest.mark.parametrize("word", ["Canvas", "Preset"])
def test_a_cell_shows_one_canvas(grid: Any, code: str, word: str) -> None:
    p = SimpleNamespace()
    axis(grid, word).apply(p, code if word == "Canvas" else "Alps", [])
    assert read_arguments([{"canvas": "x", "variants": "y"}], overrides_of(p)).variants == ""


def test_the_second_pass_has_an_axis_in_txt2img_alone(grid: Any) -> None:
    assert [option.label for option in grid.axis_options if type(option) is not AxisOption] == [
        "[Omost] Regions in hires. fix"
    ]
    older = SimpleNamespace(AxisOption=AxisOption, axis_options=[])
    add_axes(older, lambda: Presets(Path("elsewhere")))
    assert axis(older, "hires")


def told(grid: Any, word: str, value: Any, arguments: dict[str, Any], **of_job: Any) -> tuple[str, ...]:
    p = SimpleNamespace(**of_job)
    axis(grid, word).apply(p, value, [])
    return idle_axes(p, read_arguments([arguments], overrides_of(p)))


def test_an_axis_that_changes_nothing_says_so(grid: Any, code: str) -> None:
    on, off = {"canvas": code}, {"canvas": code, "enabled": False}
    assert told(grid, "Method", "plain", off) == ("The axis Method of the plot changes nothing: Omost is off.",)
    assert told(grid, "Method", "plain", on) == ()
    assert told(grid, "Denoise", 0.92, on, init_images=[None]) == (
        "The axis Denoise of the draft of the plot changes nothing in img2img, which starts from a picture.",
    )
    assert told(grid, "Denoise", 0.92, on) == ()
    assert told(grid, "Denoise", 0.92, {**on, "place": "0 45 0 90"}, init_images=[None]) == ()
    assert told(grid, "Canvas", code, off) == told(grid, "Preset", "Alps", off) == ()
    assert idle_axes(SimpleNamespace(), read_arguments([off])) == ()


def test_a_canvas_is_drawn_whatever_the_accordion_says(grid: Any, code: str) -> None:
    p = SimpleNamespace()
    axis(grid, "Canvas").apply(p, code, [])
    assert read_arguments([False, "another"], overrides_of(p)).enabled
