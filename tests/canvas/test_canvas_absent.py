"""What must be absent stands in a comment of the code, which Omost's own format passes over."""

from __future__ import annotations

import json

import pytest

from lib_omost.bench.original import refusal
from lib_omost.canvas import Canvas, Region, canvas_from_json, canvas_to_json, parse_reply, read_canvas, write_canvas
from lib_omost.canvas.limits import MAX_ABSENT
from lib_omost.prompts import region_paths

REGION = Region("on the left", "no offset", "a small square area", 2.0, "A boat.")
SEA = Canvas("A sea.", regions=(REGION,), absent=("people", "tall trees", "l'été"))


def test_the_code_says_it_in_a_comment_and_every_other_program_takes_the_code() -> None:
    code = write_canvas(SEA)
    assert "\n# Absent: people, tall trees, l'été\n" in code
    assert refusal(f"```python\n{code}\n```") is None
    assert "# Absent" not in write_canvas(Canvas("A sea."))
    assert parse_reply(f"Here:\n```python\n{code}\n```\nEnjoy").canvas == SEA


def test_it_is_in_no_prompt_of_a_region() -> None:
    assert "people" not in repr(region_paths(SEA))


def test_json_holds_it_and_need_not() -> None:
    data = canvas_to_json(SEA)
    assert canvas_from_json(data) == SEA == read_canvas(json.dumps(data)).canvas
    assert "absent" not in canvas_to_json(Canvas("A sea."))


@pytest.mark.parametrize("absent", [["a, b"], [""], ["a\nb"], ["x" * 81], [3], "people", ["a"] * (MAX_ABSENT + 1)])
def test_what_no_comment_can_hold_is_refused(absent: object) -> None:
    value = tuple(absent) if isinstance(absent, list) else absent
    with pytest.raises(ValueError, match=r"^absent"):
        Canvas("A sea.", absent=value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("comment", "read"),
    [
        ("# Absent: people,cars , people", ("people", "cars")),
        ("  # Absent: a [b], ok", ("ok",)),
        ("# Absent:", ()),
        ("# Absent: ", ()),
        ("# absent people", ()),
        ("# Absent: one\n# Absent: two", ("two",)),
    ],
)
def test_a_comment_is_read_as_far_as_it_names_things(comment: str, read: tuple[str, ...]) -> None:
    code = write_canvas(Canvas("A sea.")).replace("canvas = Canvas()\n", f"canvas = Canvas()\n{comment}\n")
    reply = parse_reply(code)
    assert reply.require_canvas().absent == read
    assert (reply.problems, reply.corrections) == ((), ())


def test_each_canvas_of_a_chat_has_its_own_and_a_reply_that_only_adds_keeps_it() -> None:
    chat = f"```python\n{write_canvas(SEA)}```\n\n### User\n\nmore\n\n### Assistant\n\n```python\n"
    assert parse_reply(chat + write_canvas(Canvas("A desert.")) + "```").require_canvas().absent == ()
    region = write_canvas(Canvas("", regions=(REGION,))).partition("# Add")[2]
    assert parse_reply("# Add" + region, SEA).require_canvas().absent == SEA.absent
    whole = write_canvas(Canvas("A calm sea.")).replace("canvas = Canvas()\n", "")
    assert parse_reply(whole, SEA).require_canvas().absent == SEA.absent
