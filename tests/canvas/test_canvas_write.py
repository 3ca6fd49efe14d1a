"""Written code is what the models write, and reads back to the same canvas."""

from __future__ import annotations

import ast
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib_omost.canvas import Canvas, Region, parse_canvas, parse_reply, write_canvas
from lib_omost.canvas.limits import MAX_CANVAS_CHARS, MAX_ITEMS, MAX_REGIONS

SLOW_DATA = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@given(data=st.data())
@SLOW_DATA
def test_parse_undoes_write(data: st.DataObject, canvases: st.SearchStrategy[Canvas]) -> None:
    canvas = data.draw(canvases)
    reply = parse_reply(write_canvas(canvas))
    assert reply.canvas == canvas
    assert reply.corrections == ()
    assert reply.problems == ()


@given(data=st.data())
@SLOW_DATA
def test_written_code_is_python_and_survives_a_fence_and_text_around_it(
    data: st.DataObject, canvases: st.SearchStrategy[Canvas]
) -> None:
    canvas = data.draw(canvases)
    code = write_canvas(canvas)
    ast.parse(code)
    assert code.endswith("\n")
    assert re.fullmatch(r"\)|# [^\n]+", code.splitlines()[-1])  # a call's end, or a remark behind it
    assert parse_canvas(f"Here is your picture, isn't it nice?\n```python\n{code}```\nIt's `canvas`.") == canvas


def test_the_largest_canvas_reads_back() -> None:
    """Every character of the texts takes the most room that it can, ten characters."""
    share = MAX_CANVAS_CHARS // (MAX_REGIONS * MAX_ITEMS)
    items = ("\U0010ffff" * share,) * MAX_ITEMS
    region = Region(
        "on the bottom-right", "slightly to the lower-right", "a medium-sized horizontal area", 1e-300, "", items
    )
    canvas = Canvas("", color_name="lightgoldenrodyellow", regions=(region,) * MAX_REGIONS)
    assert parse_canvas(write_canvas(canvas)) == canvas


def test_the_style_is_that_of_the_transcripts() -> None:
    cat = Region("on the left", "no offset", "a small square area", 3, "A cat's dream.", ("Soft.",), color_name="red")
    assert write_canvas(Canvas("A sky.", (), "sky", "blue", (cat,))) == (
        "# Initialize the canvas\n"
        "canvas = Canvas()\n"
        "\n"
        "# Set a global description for the canvas\n"
        "canvas.set_global_description(\n"
        "    description='A sky.',\n"
        "    detailed_descriptions=[],\n"
        "    tags='sky',\n"
        "    HTML_web_color_name='blue',\n"
        ")\n"
        "\n"
        "# Add a cat's dream.\n"
        "canvas.add_local_description(\n"
        "    location='on the left',\n"
        "    offset='no offset',\n"
        "    area='a small square area',\n"
        "    distance_to_viewer=3.0,\n"
        '    description="A cat\'s dream.",\n'
        "    detailed_descriptions=[\n"
        "        'Soft.',\n"
        "    ],\n"
        "    tags='',\n"
        "    atmosphere='',\n"
        "    style='',\n"
        "    quality_meta='',\n"
        "    HTML_web_color_name='red',\n"
        ")\n"
    )


@pytest.mark.parametrize(
    ("description", "comment"),
    [
        ("The NASA rocket.", "# Add the NASA rocket."),
        ("NASA's rocket", "# Add NASA's rocket"),
        ("two\nlines\0", "# Add two lines"),
        ("", "# Add a region"),
        ("x" * 200, "# Add " + "x" * 79 + "…"),
    ],
)
def test_comments_name_each_region_on_one_line(description: str, comment: str) -> None:
    region = Region("on the left", "no offset", "a small square area", 3.0, description)
    assert comment in write_canvas(Canvas("", regions=(region,))).splitlines()


@pytest.mark.parametrize("word", ["<think>", "<Thinking>", "<thought>", "<reasoning>", "<think> </think>", "</think>"])
def test_a_word_that_begins_thinking_reads_back(word: str) -> None:
    first = Region("on the left", "no offset", "a small square area", 3.0, f"A screen with {word}.", negative=word)
    second = Region("on the right", "no offset", "a small square area", 3.0, "A dog.")
    canvas = Canvas(f"A lab, {word}.", regions=(first, second))
    reply = parse_reply(write_canvas(canvas))
    assert (reply.canvas, reply.corrections, reply.problems) == (canvas, (), ())
