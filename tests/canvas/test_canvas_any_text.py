"""Any text is read or refused, within a second, whoever wrote it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib_omost.canvas import ParsedReply, parse_reply
from lib_omost.canvas.limits import MAX_TEXT_CHARS

LOCAL = "canvas.add_local_description("
GLOBAL = "canvas.set_global_description("

PIECES = [
    "canvas = Canvas()", "Canvas().", "canvas.", GLOBAL, LOCAL, "class Canvas:", "def ", "```", "```python\n",
    "\n", " ", "### Assistant\n", "description", "detailed_descriptions", "location", "tags", "=", "=", ",", ",",
    "(", ")", "[", "]", "{", "}", "'", "'", '"', "'''", "’", "“", "\\", "\0", "\ud83d", "\r\n", "#", "-", "+", "**",
    "5.0", "1e999", "f'", "{x}", "'A cat.'", "'on the left'", "'a small square area'", "lambda", "None", "，", ".", ";",
    "\\N{", "\\x", "9" * 50,
]  # fmt: skip


def timed_parse(text: str) -> tuple[float, ParsedReply]:
    """Processor time, for other programs may be busy."""
    start = time.process_time()
    reply = parse_reply(text)
    return time.process_time() - start, reply


def read(text: str) -> ParsedReply:
    """Read, and hold the promises that are made for any text."""
    seconds, reply = timed_parse(text)
    assert seconds < 1
    assert reply.canvas is not None or reply.problems
    lines = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    for report in (*reply.corrections, *reply.problems):
        assert 1 <= report.line <= lines
        assert report.message
    return reply


@given(st.text())
def test_any_text(text: str) -> None:
    read(text)


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=60).map("".join))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.filterwarnings("error")
def test_any_soup_of_code(text: str) -> None:
    read(text)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
@pytest.mark.filterwarnings("error")
def test_any_damage_to_a_good_reply(data: st.DataObject, dragon_reply: str) -> None:
    text = dragon_reply
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 30))
        text = text[:place] + data.draw(st.sampled_from(PIECES)) + text[place + length :]
    read(text)


def fill(piece: str, head: str = "") -> str:
    """`head` and as many pieces as may be read."""
    return head + piece * ((MAX_TEXT_CHARS - len(head)) // len(piece))


NASTY = {
    "a megabyte of brackets": lambda: "(" * 1_000_000,
    "brackets in a call": lambda: fill("(", LOCAL),
    "lists in lists": lambda: fill("[", GLOBAL + "detailed_descriptions="),
    "calls that never end": lambda: fill(LOCAL),
    "fences and calls": lambda: fill("```\n" + LOCAL),
    "quotes": lambda: fill("'"),
    "quotes in a call": lambda: fill("'", LOCAL),
    "quotes and spaces": lambda: fill("' ", LOCAL),
    "quotes far apart": lambda: fill("'" + " " * 1000, LOCAL),
    "escaped quotes": lambda: fill("'\\'", LOCAL),
    "typographic quotes": lambda: fill("‘", LOCAL),
    "backslashes": lambda: fill("\\", LOCAL + "'"),
    "a huge number": lambda: fill("9", LOCAL + "distance_to_viewer="),
    "signs": lambda: fill("-", GLOBAL + "description="),
    "sums": lambda: fill("+1", GLOBAL + "description=1"),
    "attributes": lambda: fill(".b", GLOBAL + "description=a"),
    "an f-string": lambda: fill("{a}", GLOBAL + "description=f'") + "')",
    "NUL": lambda: fill("\0", LOCAL),
    "halves of characters": lambda: fill("\ud800", LOCAL + "description='"),
    "line ends": lambda: fill("\r\n", LOCAL + "'"),
    "apostrophes on many lines": lambda: fill("a'b\n", LOCAL + "description='"),
    "one long line": lambda: fill("x", LOCAL + "description='"),
    "one long word": lambda: fill("a"),
    "spaces": lambda: fill(" "),
    "spaces in a call": lambda: fill(" ", LOCAL),
    "comments": lambda: fill("#\n", LOCAL),
    "empty canvases": lambda: fill("canvas = Canvas()\n"),
    "chained canvases": lambda: fill("Canvas().set_global_description("),
    "spaces before canvases": lambda: fill(" " * 250 + "Canvas("),
    "turns": lambda: fill("### Assistant\n"),
    "stars": lambda: fill("**\n"),
    "long lists": lambda: fill("'a',", GLOBAL + "detailed_descriptions=["),
    "many long lists": lambda: fill(GLOBAL + "description=[" + "a," * 1000 + "])\n"),
    "many arguments": lambda: fill(LOCAL + "".join(f"q{i}descriptio{i}='x'," for i in range(23)) + ")\n"),
    "names with typing errors": lambda: fill(
        LOCAL + "location='lft botom rigt cntre uper',area='lrge verticl smll squre hrizontal',description='x',"
        "offset='slghtly uper lft rigt lowr',HTML_web_color_name='drkolivgren gldnrod')\n"
    ),
    "global descriptions in fences": lambda: fill(GLOBAL + "description='a')\n```\n"),
    "unknown methods": lambda: fill("canvas.set_something(1)\n", GLOBAL + "description='a')\n"),
    "underscores": lambda: fill("set_"),
    "values that never end": lambda: fill("a = [\n", GLOBAL + "description='a')\n"),
    "texts that never end": lambda: fill('a = """\n', GLOBAL + "description='a')\n"),
    "objects that never end": lambda: fill("a = dict(\n", GLOBAL + "description='a')\n"),
    "functions that never end": lambda: fill("def add(a,\n", GLOBAL + "description='a')\n"),
    "functions without a body": lambda: fill("def f(x):\n", GLOBAL + "description='a')\n"),
    "loops in loops": lambda: fill("for x in [\n", GLOBAL + "description='a')\n"),
    "calls that say nothing": lambda: fill("f(**x)\n", GLOBAL + "description='a')\n"),
    "one line of assignments": lambda: fill("x = 1; ", GLOBAL + "description='a')\n"),
    "f-strings that never end": lambda: fill("x = f'{\n", GLOBAL + "description='a')\n"),
    "decorators": lambda: fill("@x\n", GLOBAL + "description='a')\n"),
}


@pytest.mark.parametrize("make", NASTY.values(), ids=NASTY.keys())
def test_nasty_texts_take_less_than_a_second(make: Callable[[], str]) -> None:
    text = make()
    tracer = sys.gettrace()  # coverage makes Python several times slower, which is not what is measured here
    sys.settrace(None)
    try:
        seconds, reply = timed_parse(text)
    finally:
        sys.settrace(tracer)
    assert seconds < 1
    assert reply.canvas is not None or reply.problems
