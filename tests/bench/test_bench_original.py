"""Acceptance by the original, checked against a class made from its published system prompt, which really runs."""

from __future__ import annotations

import re

import pytest

from lib_omost.bench import grammar, original
from lib_omost.bench.original import refusal
from lib_omost.bench.walk import walk
from lib_omost.canvas import AREAS, LOCATIONS, OFFSETS
from lib_omost.chat.grammar.canvas_grammar import canvas_rules

GOOD = """Sure!
```python
canvas = Canvas()
canvas.set_global_description(description='a', detailed_descriptions=['b'], tags='c', HTML_web_color_name='red')
canvas.add_local_description(
    location='on the left', offset='no offset', area='a small square area', distance_to_viewer=2.5, description='d',
    detailed_descriptions=[], tags='e', atmosphere='f', style='g', quality_meta='h', HTML_web_color_name='blue',
)
```"""


class Canvas:
    """As the system prompt gives it, with the types that it annotates asserted too."""

    def __init__(self) -> None:
        self.calls = 0

    def set_global_description(
        self, description: str, detailed_descriptions: list[str], tags: str, HTML_web_color_name: str
    ) -> None:
        assert all(isinstance(text, str) for text in (description, *detailed_descriptions, tags, HTML_web_color_name))
        assert isinstance(detailed_descriptions, list)
        self.calls += 1

    def add_local_description(
        self,
        location: str,
        offset: str,
        area: str,
        distance_to_viewer: float,
        description: str,
        detailed_descriptions: list[str],
        tags: str,
        atmosphere: str,
        style: str,
        quality_meta: str,
        HTML_web_color_name: str,
    ) -> None:
        assert location in LOCATIONS
        assert offset in OFFSETS
        assert area in AREAS
        assert distance_to_viewer > 0
        assert all(isinstance(text, str) for text in (atmosphere, style, quality_meta))
        self.set_global_description(description, detailed_descriptions, tags, HTML_web_color_name)


def runs(reply: str) -> bool:
    """Whether the reply's block runs against that class. Only ever given texts of this file and of the grammar."""
    block = re.search(r"```python\n(.*?)\n```", reply, re.DOTALL)
    names: dict[str, object] = {}
    try:
        assert block is not None
        exec(block[1], {"Canvas": Canvas, "__builtins__": {}}, names)
        assert isinstance(names["canvas"], Canvas)
    except (AssertionError, NameError, TypeError, AttributeError, SyntaxError, KeyError, ImportError):
        return False
    return True


@pytest.mark.parametrize("seed", range(40))
def test_walks_run_in_the_original(seed: int) -> None:
    for bounds in grammar.WALKED:
        reply = walk(canvas_rules(bounds), seed)
        assert runs(reply)
        assert refusal(reply) is None


@pytest.mark.parametrize(
    ("found", "instead", "why"),
    [
        ("```python", "```", "does not contain codes"),
        ("canvas = Canvas()", "canvas = Image()", "begin with canvas = Canvas"),
        ("canvas = Canvas()\n", "", "begin with canvas = Canvas"),
        ("'d',", "'d'", "not Python"),
        ("on the left", "on the moon", "location is 'on the moon'"),
        ("=2.5", "=0", "distance_to_viewer is 0"),
        ("=2.5", "='near'", "distance_to_viewer is 'near'"),
        ("['b']", "['b', 3]", "detailed_descriptions"),
        ("tags='c', ", "", "calls canvas.set_global_description"),
        ("tags='c'", "label='c'", "calls canvas.set_global_description"),
        ("tags='c'", "tags=open('c')", "tags is no literal"),
        ("add_local", "add_global", "calls canvas.add_global_description"),
    ],
)
def test_what_the_original_refuses_is_refused(found: str, instead: str, why: str) -> None:
    assert runs(GOOD)
    assert refusal(GOOD) is None
    wrong = GOOD.replace(found, instead)
    assert wrong != GOOD
    assert not runs(wrong)
    assert why in (refusal(wrong) or "")


@pytest.mark.parametrize("line", ["import os", "canvas.set_global_description('a', [], 'b', 'c')", "x = 1"])
def test_what_is_no_call_of_a_canvas_is_refused(line: str) -> None:
    assert "no call with named arguments" in (refusal(GOOD.replace("canvas.set", f"{line}\ncanvas.set", 1)) or "")


def test_many_walks_are_canvases_and_a_bad_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[int, int]] = []
    walks = grammar.run(200, done=lambda done, of: heard.append((done, of)))
    assert (walks.walks, walks.parsed, walks.accepted, walks.failures) == (200, 200, 200, ())
    assert heard[-1] == (200, 200)
    monkeypatch.setattr(grammar, "WALKED", grammar.WALKED[:1])
    monkeypatch.setitem(original._NAMES, "location", {})
    broken = grammar.run(3)
    assert (broken.parsed, broken.accepted) == (3, 0)
    assert broken.failures[0][1] == 0
    assert "location is" in broken.failures[0][2]
