"""Whole replies: transcripts, chats, code in any wrapping, and replies that were cut off."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.canvas import Canvas, parse_canvas, parse_reply
from lib_omost.canvas.limits import MAX_REGIONS
from lib_omost.errors import CanvasError

LocalCall = Callable[..., str]


def test_the_transcript_is_read_without_a_correction(dragon_reply: str) -> None:
    reply = parse_reply(dragon_reply)
    assert (reply.corrections, reply.problems) == ((), ())
    assert reply.canvas is not None
    assert reply.canvas.description == "A fierce battle between warriors and a dragon."
    assert len(reply.canvas.detailed_descriptions) == 8
    assert [region.description for region in reply.canvas.regions] == [
        "A group of fierce warriors.",
        "A mighty dragon.",
        "A stormy sky with flashes of lightning.",
        "A debris-covered battlefield.",
    ]
    dragon = reply.canvas.regions[1]
    assert dragon.rect == (10, 80, 10, 80)
    assert dragon.distance_to_viewer == 7.0
    assert dragon.detailed_descriptions[4].startswith("The dragon’s body")
    assert dragon.color_name == "firebrick"
    assert [region.distance_to_viewer for region in reply.canvas.far_to_near()] == [10.0, 7.0, 5.0, 5.0]


def test_the_last_canvas_of_a_chat_counts(dragon_chat: str) -> None:
    reply = parse_reply(dragon_chat)
    assert (reply.corrections, reply.problems) == ((), ())
    assert reply.canvas is not None
    assert reply.canvas.regions[1].description == "A mighty dinosaur."


@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
def test_line_ends_of_any_system(dragon_reply: str, line_end: str) -> None:
    assert parse_reply(dragon_reply.replace("\n", line_end)) == parse_reply(dragon_reply)


CLASS = """class Canvas:
    def set_global_description(self, description: str, tags: str):
        pass

    def add_local_description(self, location: str, offset: str):
        assert offset in ["no offset"]

"""


@pytest.mark.parametrize(
    "wrapping",
    [
        "{code}",
        "```python\n{code}```",
        "```\n{code}\n```\n",
        "~~~py\n{code}~~~",
        "Sure! Here's a picture that I'd paint:\n\n```python\n{code}```\nI hope you'll like it. Don't hesitate to ask.",
        "```python\n{code}",
        "{code}```\nDone.",
        "\ufeff{code}",
        "### User\na cat\n### Assistant\n{code}",
        CLASS + "{code}",
        "```python\n" + CLASS + "```\n```python\n{code}```",
        "{code}\nNow `canvas.add_local_description(...)` adds more, see add_local_description(…).".replace(
            "see a", "see `a"
        ),
        "# canvas = Canvas()\n# canvas.set_global_description(description='no')\n{code}",
        "{code}\nThe Canvas (90 × 90 cells) is done.\n# canvas.add_local_description(location='on the left')\n",
        "{code}image = canvas.render()\nsettings(1)\n",
    ],
)
def test_code_in_any_wrapping(wrapping: str, global_call: str, local_call: LocalCall) -> None:
    code = global_call + local_call()
    reply = parse_reply(wrapping.replace("{code}", code))
    assert (reply.corrections, reply.problems) == ((), ())
    assert reply.canvas == parse_canvas(code)
    assert [region.description for region in parse_canvas(code).regions] == ["A cat."]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("canvas", "c"),
        ("canvas = Canvas()", "my_picture: Canvas = Canvas()"),
        ("canvas = Canvas()", "canvas = omost.Canvas(90, 90)"),
        ("canvas = Canvas()", "Canvas()"),
        ("canvas = Canvas()\n", ""),
        ("canvas.", "Canvas."),
        ("canvas.", "self."),
        ("canvas.", ""),
        ("canvas = Canvas()\ncanvas.set", "Canvas().set"),
        ("canvas.", "Canvas()."),
        ("\n", " "),
        ("(\n", "(\n# a comment, isn't it?\n"),
        (",\n", ",  # it's\n"),
        ("canvas.", "canvas . "),
        (",", "，"),
    ],
)
def test_the_canvas_under_another_name_and_other_harmless_changes(
    old: str, new: str, global_call: str, local_call: LocalCall
) -> None:
    code = global_call + local_call(tags="'cat'", detailed_descriptions="['Furry.']")
    code = code.replace("'sky, blue'", "'sky'")
    reply = parse_reply(code.replace(old, new))
    assert (reply.corrections, reply.problems) == ((), ())
    assert reply.canvas == parse_canvas(code)


def test_keywords_in_any_order_and_positional_arguments(global_call: str, local_call: LocalCall) -> None:
    wanted = parse_canvas(global_call + local_call())
    lines = local_call().splitlines()
    shuffled = "\n".join([lines[0], *reversed(lines[1:-1]), lines[-1]])
    positional = "\n".join(line.partition("=")[2] if "=" in line else line for line in lines)
    mixed = "\n".join(
        line.partition("=")[2] if number < 5 and "=" in line else line for number, line in enumerate(lines)
    )
    for code in (shuffled, positional, mixed):
        reply = parse_reply(global_call + code)
        assert (reply.corrections, reply.problems) == ((), ())
        assert reply.canvas == wanted


# Chats


def chat(*replies: str) -> str:
    return "".join(f"### User\nplease\n### Assistant\n{reply}\n" for reply in replies)


def fenced(code: str) -> str:
    return f"```python\n{code}```"


def test_a_later_reply_without_a_canvas_hides_nothing_and_is_reported(global_call: str) -> None:
    reply = parse_reply(chat(fenced(global_call), "Sorry, I can't do that."))
    assert reply.canvas == parse_canvas(global_call)
    assert [problem.line for problem in reply.problems] == [15]
    assert "line 5" in reply.problems[0].message


def test_a_later_canvas_that_cannot_be_used_hides_nothing_and_is_reported(global_call: str) -> None:
    text = chat(fenced(global_call), "```python\n" + global_call[:70])
    reply = parse_reply(text)
    assert reply.canvas == parse_canvas(global_call)
    lines = text.splitlines()
    assert [lines[problem.line - 1].split("(")[0] for problem in reply.problems] == [
        "canvas = Canvas",
        "canvas.set_global_description",
    ]


def test_a_reply_that_only_adds_a_region_continues_the_canvas(global_call: str, local_call: LocalCall) -> None:
    reply = parse_reply(chat(fenced(global_call + local_call()), fenced(local_call(description="'A dog.'"))))
    assert reply.canvas is not None
    assert [region.description for region in reply.canvas.regions] == ["A cat.", "A dog."]
    assert reply.problems == ()


def test_a_new_canvas_in_another_block_replaces_the_one_before(global_call: str, local_call: LocalCall) -> None:
    second = global_call.replace("A sky.", "A sea.")
    reply = parse_reply(chat(fenced(global_call + local_call()), fenced(second)))
    assert reply.canvas is not None
    assert reply.canvas.description == "A sea."
    assert reply.canvas.regions == ()
    assert reply.outside == 2  # calls of the canvas before


def test_a_new_whole_in_another_block_begins_a_new_canvas_with_regions_of_its_own(
    global_call: str, local_call: LocalCall
) -> None:
    second = global_call.replace("canvas = Canvas()\n", "").replace("A sky.", "A sea.")
    second += local_call(description="'A dog.'")
    reply = parse_reply(chat(fenced(global_call + local_call()), fenced(second)))
    assert reply.canvas is not None
    assert reply.canvas.description == "A sea."
    assert [region.description for region in reply.canvas.regions] == ["A dog."]


def test_a_reply_that_only_describes_the_whole_anew_keeps_the_regions(global_call: str, local_call: LocalCall) -> None:
    second = global_call.replace("canvas = Canvas()\n", "").replace("A sky.", "A sea.")
    reply = parse_reply(chat(fenced(global_call + local_call()), fenced(second)))
    assert reply.canvas is not None
    assert reply.canvas.description == "A sea."
    assert [region.description for region in reply.canvas.regions] == ["A cat."]
    assert any("stay" in correction.message for correction in reply.corrections)
    # the same where the canvas before is not in the text
    before = parse_canvas(global_call + local_call())
    assert parse_reply(second, before).canvas == reply.canvas
    added = parse_reply(local_call(description="'A dog.'"), before).canvas
    assert added is not None
    assert (added.description, len(added.regions)) == ("A sky.", 2)
    assert parse_reply(global_call, before).canvas == parse_canvas(global_call)


def test_a_new_global_description_in_the_same_block_replaces_the_first(global_call: str, local_call: LocalCall) -> None:
    second = global_call.replace("canvas = Canvas()\n", "").replace("A sky.", "A sea.")
    reply = parse_reply(global_call + local_call() + second)
    assert reply.canvas is not None
    assert reply.canvas.description == "A sea."
    assert len(reply.canvas.regions) == 1
    assert ["set again" in correction.message for correction in reply.corrections] == [True]


def test_each_global_description_that_does_not_count_is_told(global_call: str, local_call: LocalCall) -> None:
    second = global_call.replace("canvas = Canvas()\n", "")
    reply = parse_reply(global_call + second + local_call() + second)
    again = [correction.line for correction in reply.corrections if "set again" in correction.message]
    first = global_call.count("\n")
    assert again == [2, first + 1]
    assert reply.canvas is not None
    assert len(reply.canvas.regions) == 1


def test_a_global_description_that_fails_leaves_the_first_one(global_call: str) -> None:
    reply = parse_reply(global_call + "canvas.set_global_description(description=f'{x}')\n")
    assert reply.canvas is not None
    assert reply.canvas.description == "A sky."
    assert reply.problems


def test_an_empty_canvas_at_the_end_is_reported(global_call: str) -> None:
    reply = parse_reply(global_call + "canvas = Canvas()\n" * 3)
    assert reply.canvas == parse_canvas(global_call)
    assert any("nothing is added" in problem.message for problem in reply.problems)


# What has no canvas


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "empty"),
        (" \n\n", 1, "empty"),
        ("I'm sorry, but I can't.", 1, "no canvas"),
        (CLASS, 1, "no canvas"),
        ("\n\ncanvas = Canvas()\n", 3, "nothing is added"),
        ("\ncanvas.set_global_description(tags='x')", 2, "without its description"),
        ("\n\ncanvas.set_global_description(\n    description=make(1),\n)", 4, "description is a function call"),
        ("\ncanvas.add_local_description(tags='cat', location='on the left')", 2, "without its description"),
        ("canvas.set_global_description(**given)", 1, "given stands for nothing"),
        ("x" * 400_000, 1, "400000 characters"),
    ],
)
def test_a_text_without_a_canvas_is_refused_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(CanvasError, match=message) as caught:
        parse_canvas(text)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"line {line}: ")
    assert caught.value.expected
    assert caught.value.hint


def test_regions_without_a_global_description_are_saved(local_call: LocalCall) -> None:
    reply = parse_reply(local_call() + local_call(description="'A dog.'", distance_to_viewer="9.0"))
    assert reply.canvas is not None
    assert reply.canvas.description == ""
    assert reply.canvas.detailed_descriptions == ("A dog.", "A cat.")  # far to near
    assert len(reply.canvas.regions) == 2
    assert ["no global description" in correction.message for correction in reply.corrections] == [True]


def test_large_regions_without_a_global_description_are_saved_as_they_are(local_call: LocalCall) -> None:
    reply = parse_reply(local_call(description=repr("x" * 20_000)))
    assert reply.canvas is not None
    assert reply.canvas.detailed_descriptions == ()


# Cut off


@pytest.fixture(scope="module")
def whole(dragon_reply: str) -> Canvas:
    return parse_canvas(dragon_reply)


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_reply_may_be_cut_anywhere(data: st.DataObject, dragon_reply: str, whole: Canvas) -> None:
    """Also what a stream shows as it grows: regions come one by one and do not change any more."""
    cut = data.draw(st.integers(0, len(dragon_reply)))
    reply = parse_reply(dragon_reply[:cut])
    first = dragon_reply.index("A fierce battle") + len("A fierce battle between warriors and a dragon.'")
    assert (reply.canvas is not None) == (cut >= first)
    if reply.canvas is None:
        assert reply.problems
        return
    complete = max(0, dragon_reply[:cut].count("\n)\n") - 1)
    assert reply.canvas.description == whole.description
    assert reply.canvas.regions[:complete] == whole.regions[:complete]
    assert complete <= len(reply.canvas.regions) <= complete + 1
    if len(reply.canvas.regions) == complete + 1:
        last, wanted = reply.canvas.regions[-1], whole.regions[complete]
        assert last.rect == wanted.rect
        assert last.description == wanted.description
        assert last.detailed_descriptions == wanted.detailed_descriptions[: len(last.detailed_descriptions)]
        assert wanted.tags.startswith(last.tags)


@pytest.mark.parametrize(
    ("cut_at", "kept", "lost"),
    [
        ("ocation=", {}, "location and area and description"),
        ("A cat", {}, "description"),
        ("'Furry", {"detailed_descriptions": ()}, ""),
        (" 'Soft", {"detailed_descriptions": ("Furry.",), "tags": ""}, ""),
        ("'cat", {"detailed_descriptions": ("Furry.", "Soft."), "tags": ""}, ""),
        ("cat, fur", {"detailed_descriptions": ("Furry.", "Soft."), "tags": "cat", "atmosphere": ""}, ""),
        ("sharp", {"quality_meta": "", "style": "photo"}, ""),
        ("'red", {"quality_meta": "sharp", "color_name": "gray"}, ""),
    ],
)
def test_of_a_call_that_was_cut_the_complete_values_are_kept(
    cut_at: str, kept: dict[str, object], lost: str, global_call: str, local_call: LocalCall
) -> None:
    code = global_call + local_call()
    reply = parse_reply(code[: code.index(cut_at) + len(cut_at)])
    assert reply.canvas is not None
    if lost:
        assert reply.canvas.regions == ()
        assert [problem.line for problem in reply.problems] == [8]
        assert reply.problems[0].message.endswith(f"was cut off before its {lost}")
    else:
        (region,) = reply.canvas.regions
        assert {name: getattr(region, name) for name in kept} == kept
        assert ["cut off" in correction.message for correction in reply.corrections] == [True]


def test_a_number_that_was_cut_is_not_half_read(local_call: LocalCall) -> None:
    code = local_call(distance_to_viewer=None).removesuffix(")\n") + "    distance_to_viewer=12.5"
    reply = parse_reply(code[:-3])
    assert reply.canvas is not None
    assert reply.canvas.regions[0].distance_to_viewer == 5.0


def test_a_closing_fence_ends_a_call_that_was_cut(global_call: str) -> None:
    reply = parse_reply(
        "```python\n" + global_call.removesuffix("'skyblue',\n)\n") + "\n```\nThe rest, isn't it, later."
    )
    assert reply.canvas is not None
    assert reply.canvas.tags == "sky, blue"
    assert reply.canvas.color_name == "gray"


# Limits


def test_more_regions_than_a_canvas_holds_are_left_out_and_reported(global_call: str, local_call: LocalCall) -> None:
    reply = parse_reply(global_call + local_call() * 100)
    assert reply.canvas is not None
    assert len(reply.canvas.regions) == MAX_REGIONS
    assert reply.problems[0].line == 8 + 13 * MAX_REGIONS
    assert "100" not in reply.problems[0].message


def test_more_text_than_a_canvas_holds_is_left_out_and_reported(global_call: str, local_call: LocalCall) -> None:
    reply = parse_reply(global_call + local_call() + local_call(description=repr("x" * 25_000)))
    assert reply.canvas is not None
    assert len(reply.canvas.regions) == 1
    assert len(reply.problems) == 1
    too_long = f"canvas.set_global_description(description={'x' * 25_000!r})"
    assert "too long" in parse_reply(too_long).problems[0].message


def test_more_problems_than_can_be_listed_are_counted_and_no_region_is_lost(
    global_call: str, local_call: LocalCall
) -> None:
    bad = local_call(mood="1", mode="2", look="3")
    reply = parse_reply(global_call + bad * 20 + local_call(description="'A dog.'"))
    assert reply.canvas is not None
    assert [region.description for region in reply.canvas.regions] == ["A cat."] * 20 + ["A dog."]
    assert len(reply.problems) == 51
    assert reply.problems[-1].message == "10 more problems are not listed"
    nothing = parse_reply("canvas.set_global_description(a=1)\n" * 100)
    assert nothing.canvas is None
    assert "more problems" in nothing.problems[-1].message


@pytest.mark.parametrize(
    "argument",
    ["[" * 9 + "'a'" + "]" * 9, "['a'" + ", 'a'" * 300 + "]", "'a', " * 30],
    ids=["deep", "many tokens", "many arguments"],
)
def test_a_call_that_is_too_large_is_left_out_and_reported(
    argument: str, global_call: str, local_call: LocalCall
) -> None:
    large = f"canvas.add_local_description(\n{argument})\n"
    reply = parse_reply(global_call + large + local_call())
    assert reply.canvas is not None
    assert [region.description for region in reply.canvas.regions] == ["A cat."]
    assert [(problem.line, "too large" in problem.message) for problem in reply.problems] == [(8, True)]


def test_calls_beyond_those_that_are_tried_are_counted(global_call: str) -> None:
    reply = parse_reply(global_call + "canvas.add_local_description()\n" * 66)
    assert reply.canvas is not None
    assert len(reply.problems) == 51
    assert reply.problems[-1].message == "15 more problems are not listed"  # 64 calls, and the 2 beyond them
    regions = "canvas.add_local_description('left', 'no offset', 'tall', 1, 'x')\n"
    reply = parse_reply(global_call + regions * 66)
    assert reply.canvas is not None
    assert len(reply.canvas.regions) == MAX_REGIONS
    assert len(reply.corrections) == 50
    assert [problem.message[:7] for problem in reply.problems] == ["a canva", "2 calls"]


def test_a_global_description_that_is_too_large_is_refused() -> None:
    with pytest.raises(CanvasError, match="line 2: this call is too large"):
        parse_canvas("\ncanvas.set_global_description(" + "[" * 20)


def test_two_canvases_that_are_written_side_by_side_stay_apart(local_call: LocalCall) -> None:
    cat = local_call()
    dog = local_call(description="'A dog.'")
    code = (
        "a = Canvas()\nb = Canvas()\na.set_global_description(description='A park.')\n"
        "b.set_global_description(description='A beach.')\n"
    )
    parsed = parse_reply(code + cat.replace("canvas.", "a.") + dog.replace("canvas.", "b."))
    assert parsed.canvas is not None
    assert parsed.canvas.description == "A beach."
    assert [region.description for region in parsed.canvas.regions] == ["A dog."]
    assert parsed.problems == ()
