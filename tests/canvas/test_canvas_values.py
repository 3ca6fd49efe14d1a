"""Values of arguments in other forms than a literal: put together, without quotes, as items, constants and objects."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lib_omost.canvas import parse_reply

LocalCall = Callable[..., str]


@pytest.mark.parametrize(
    ("before", "source"),
    [
        ("color = 'red'\n", "f'A {color} cat.'"),
        ("color = 'red'\n", "'A ' + color + ' cat.'"),
        ("words = (\n    'A red '\n    'cat.'\n)\n", "words"),
        ('words = """A red cat."""\n', "words"),
        ("", "A red cat."),
        ("", "A red cat.'"),
        ("", "'A red cat.\""),
    ],
)
def test_texts_that_are_put_together_or_lack_quotes(
    before: str, source: str, global_call: str, local_call: LocalCall
) -> None:
    parsed = parse_reply(before + global_call + local_call(description=source))
    assert parsed.canvas is not None
    assert [region.description for region in parsed.canvas.regions] == ["A red cat."]
    assert parsed.problems == ()
    assert parsed.corrections


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("'The sailors', old boat.'", "The sailors', old boat."),
        ('"It says "Boats", "Nets" and "Fish"."', 'It says "Boats", "Nets" and "Fish".'),
        ('"It says "Boats", and no more."', 'It says "Boats", and no more.'),
    ],
)
def test_quotes_before_commas_part_no_text(source: str, wanted: str, global_call: str, local_call: LocalCall) -> None:
    parsed = parse_reply(global_call + local_call(description=source))
    assert parsed.canvas is not None
    (region,) = parsed.canvas.regions
    assert (region.description, region.tags) == (wanted, "cat, fur")
    assert parsed.problems == ()


@pytest.mark.parametrize(
    "source",
    [
        "'Furry.', 'Soft.'",
        "[\n    1. 'Furry.',\n    2. 'Soft.',\n]",
        "[\n    - 'Furry.'\n    - 'Soft.'\n]",
        "{'fur': 'Furry.', 'touch': 'Soft.'}",
        "[{'detail': 'Furry.'}, {'detail': 'Soft.'}]",
        "['Furry.', 'Soft.', ...]",
        "list(['Furry.', 'Soft.'])",
        "'Furry.; Soft.'.split('; ')",
        "[Furry., Soft.]",
    ],
)
def test_items_in_other_forms(source: str, global_call: str, local_call: LocalCall) -> None:
    parsed = parse_reply(global_call + local_call(detailed_descriptions=source))
    assert parsed.canvas == parse_reply(global_call + local_call()).canvas
    assert parsed.problems == ()


def test_a_loop_that_has_no_end_is_named(global_call: str, local_call: LocalCall) -> None:
    loop = "number = 0\nwhile number < 3:\n    " + local_call(description="f'Cat {number}.'").replace("\n", "\n    ")
    parsed = parse_reply(global_call + loop + "number -= 1\n")
    assert parsed.canvas is not None
    assert parsed.canvas.regions == ()
    assert ["loop" in problem.message for problem in parsed.problems] == [True, True]
    counted = parse_reply(global_call + loop + "number += 1\n")
    assert counted.canvas is not None
    assert [region.description for region in counted.canvas.regions] == ["Cat 0.", "Cat 1.", "Cat 2."]


def test_names_of_constants_are_names(global_call: str, local_call: LocalCall) -> None:
    call = local_call(location="Location.ON_THE_LEFT", HTML_web_color_name="Colors.RED")
    assert parse_reply(global_call + call).canvas == parse_reply(global_call + local_call()).canvas


def test_an_object_that_a_variable_holds_is_a_region(global_call: str, local_call: LocalCall) -> None:
    call = local_call().replace("canvas.add_local_description(", "cat = Region(")
    parsed = parse_reply(global_call + call + "canvas.add_local_description(cat)\n")
    assert parsed.canvas == parse_reply(global_call + local_call()).canvas
