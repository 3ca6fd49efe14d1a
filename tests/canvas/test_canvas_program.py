"""Regions that a reply's own functions, loops and computed values make: worked out, never executed."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.canvas import AREAS, COLORS, LOCATIONS, parse_reply

LocalCall = Callable[..., str]
ADD = (
    "def add(canvas, place, text, color='red'):\n"
    "    canvas.add_local_description(location=place, description=text, HTML_web_color_name=color)\n"
    "    return canvas\n"
)
CAT, DOG = ("on the left", "A cat.", "red"), ("on the right", "A dog.", "blue")


def seen(code: str) -> list[tuple[str, str, str]]:
    """Place, words and colour of the regions of a reply that is read without a problem."""
    parsed = parse_reply("canvas = Canvas()\ncanvas.set_global_description(description='A park.')\n" + code)
    assert parsed.problems == ()
    assert parsed.canvas is not None
    assert parsed.canvas.description == "A park."
    return [(region.location, region.description, region.color_name) for region in parsed.canvas.regions]


@pytest.mark.parametrize(
    "code",
    [
        ADD + "add(canvas, 'on the left', 'A cat.')\nadd(canvas, 'on the right', 'A dog.', 'blue')\n",
        ADD + "canvas = add(add(canvas, 'on the left', 'A cat.'), 'on the right', 'A dog.', color='blue')\n",
        ADD + "for side, what, color in [('left', 'cat', 'red'), ('right', 'dog', 'blue')]:\n"
        "    add(canvas, f'on the {side}', 'A %s.' % what, color)\n",
        ADD + "def both(c, **more):\n    add(c, 'on the left', 'A cat.')\n"
        "    add(c, 'on the right', 'A dog.', **more)\n"
        "both(canvas, color='blue')\n",
        "def add(*, place, text, color='red'):\n    canvas.add_local_description(\n        location=place,\n"
        "        description=text,\n        HTML_web_color_name=color,\n    )\n"
        "add(place='on the left', text='A cat.')\nadd(place='on the right', text='A dog.', color='blue')\n",
        "put = lambda place, text, color: canvas.add_local_description(location=place, description=text, "
        "HTML_web_color_name=color)\nput('on the left', 'A cat.', 'red')\nput('on the right', 'A dog.', 'blue')\n",
        "class Scene:\n    def __init__(self, canvas):\n        self.canvas = canvas\n"
        "    def add(self, place, text, color='red'):\n        self.canvas.add_local_description(location=place, "
        "description=text, HTML_web_color_name=color)\n        return self\n"
        "Scene(canvas).add('on the left', 'A cat.').add('on the right', 'A dog.', 'blue')\n",
        "@dataclass\nclass Thing:\n    place: str\n    text: str\n    color: str = 'red'\n"
        "for one in [Thing('on the left', 'A cat.'), Thing('on the right', 'A dog.', color='blue')]:\n"
        "    canvas.add_local_description(location=one.place, description=one.text, HTML_web_color_name=one.color)\n",
        "things = [{'location': 'on the left', 'description': 'A cat.', 'HTML_web_color_name': 'red'}]\n"
        "things.append(dict(location='on the right', description='A dog.', HTML_web_color_name='blue'))\n"
        "for thing in things:\n    canvas.add_local_description(**thing)\n",
        "places = ['on the left', 'on the right']\n"
        "for number, (place, what) in enumerate(zip(places, ('cat', 'dog'))):\n"
        "    color = 'red' if number == 0 else 'blue'\n"
        "    canvas.add_local_description(location=place, description=f'A {what}.', HTML_web_color_name=color)\n",
        "colors = {'cat': 'red', 'dog': 'blue'}\nfor what in colors:\n"
        "    side = 'left' if what == 'cat' else 'right'\n"
        "    canvas.add_local_description(location='on the ' + side, description='A {}.'.format(what), "
        "HTML_web_color_name=colors[what])\n",
        "[canvas.add_local_description(location=f'on the {s}', description=t, HTML_web_color_name=c)\n"
        " for s, t, c in [('left', 'A cat.', 'red'), ('right', 'A dog.', 'blue')]]\n",
        "canvas.add_local_description(location='on the {side}'.format(side='left'), "
        "description='A ' + 'CAT'.lower() + '.', HTML_web_color_name=' RED'.strip().lower())\n"
        "canvas.add_local_description(location=' '.join(['on', 'the', 'right']), description='A %s.' % 'dog', "
        "HTML_web_color_name=['red', 'blue'][1])\n",
        "what = 'A cat.'\n"
        "canvas.add_local_description(location='on the left', description=what, HTML_web_color_name='red')\n"
        "what = 'A dog.'\n"
        "canvas.add_local_description(location='on the right', description=what, HTML_web_color_name='blue')\n"
        "",
        "def add(canvas, place, text, color):\n    canvas.add_local_description(location=place, description=text, "
        "HTML_web_color_name=color)\n\nadd(canvas, “on the left”, 'A cat.', \"red\")\n"
        "add(canvas, 'on the right', 'A dog.', 'blue'）\n",
    ],
)
def test_regions_of_functions_loops_and_computed_values(code: str) -> None:
    assert seen(code) == [CAT, DOG]


@pytest.mark.parametrize(
    "code",
    [
        "put = canvas.add_local_description\n"
        "put(location='on the left', description='A cat.', HTML_web_color_name='red')\n"
        "canvas.regions.append(dict(location='on the right', description='A dog.', HTML_web_color_name='blue'))\n",
        "def thing(place, text, color):\n    return dict(location=place, description=text, HTML_web_color_name=color)\n"
        "canvas.add_local_description(**thing('on the left', 'A cat.', 'red'))\n"
        "canvas.add_local_description(**thing('on the right', text='A dog.', color='blue'))\n",
        "class Scene:\n    @staticmethod\n    def put(place, text, color):\n"
        "        canvas.add_local_description(location=place, "
        "description=text, HTML_web_color_name=color)\nclass Park(Scene):\n    pass\n"
        "Scene.put('on the left', 'A cat.', 'red')\nPark().put('on the right', 'A dog.', 'blue')\n",
        "async def add(place, text, color):\n    await canvas.add_local_description(location=place, description=text, "
        "HTML_web_color_name=color)\nadd('on the left', 'A cat.', 'red')\nadd('on the right', 'A dog.', 'blue')\n",
        "class Place:\n    LEFT = 'on the left'\n    RIGHT = 'on the right'\n"
        "canvas.add_local_description(location=Place.LEFT, description='A cat.', HTML_web_color_name='red')\n"
        "canvas.add_local_description(location=Place.RIGHT, description=dedent(' A dog.\\n').strip(), "
        "HTML_web_color_name='blue')\n",
    ],
)
def test_other_ways_to_a_call(code: str) -> None:
    assert seen(code) == [CAT, DOG]


@pytest.mark.parametrize(
    "code",
    [
        "regions = [{'location': 'on the left', 'description': 'A cat.'}]\n",
        "regions = [\n    {'location': 'on the left', 'description': 'A cat.'},\n    {'location': 'on the ri",
        "from functools import partial\nadd = partial(canvas.add_local_description, location='on the left')\n"
        "add(description='A cat.')\n",
        "match side:\n    case 'left':\n        canvas.add_local_description(location=side, description=text)\n",
    ],
)
def test_regions_that_reach_no_canvas_are_named(code: str) -> None:
    parsed = parse_reply("canvas = Canvas()\ncanvas.set_global_description(description='A park.')\n" + code)
    assert parsed.canvas is not None
    assert parsed.canvas.regions == ()
    assert parsed.problems


def test_a_whole_canvas_that_a_function_makes() -> None:
    code = (
        "def build(title):\n    c = Canvas()\n    c.set_global_description(description=title)\n"
        "    c.add_local_description(location='on the left', description='A cat.')\n    return c\n\n"
        "if __name__ == '__main__':\n    build('A park.')\n"
    )
    parsed = parse_reply("```python\n" + code + "```")
    assert parsed.canvas is not None
    assert (parsed.canvas.description, len(parsed.canvas.regions), parsed.problems) == ("A park.", 1, ())


@pytest.mark.parametrize(
    ("code", "line", "named"),
    [
        (
            "def add(text, n):\n    canvas.add_local_description(description=text)\n    add(text, n - 1)\n"
            "add('A cat.', 3)\n",
            6,
            "add",
        ),
        (ADD + "add(canvas, 'on the left', 'A cat.'\n", 6, "add"),
        (ADD + "add(canvas, 'on the left', 'A cat.', 'red', 5, 6)\n", 6, "add"),
        (ADD + "for one in things():\n    add(canvas, 'on the left', one)\n", 6, "add"),
        (ADD.replace("add(", "make("), 4, "make"),
        (
            "function add(place, text) {\n  canvas.addLocalDescription({location: place, description: text});\n"
            "}\nadd('left', 'cat');\n",
            4,
            "add",
        ),
        ("const add = (text) => canvas.addLocalDescription({description: text});\nadd('A cat.');\n", 3, "add"),
        ("things.forEach(thing => canvas.addLocalDescription({description: thing}));\n", 3, "things.forEach"),
        (ADD + "add(canvas, 'on the left', make_text())\n", 6, "make_text"),
        ("while True:\n    canvas.add_local_description(description='A cat.')\n", 3, "loop"),
    ],
)
def test_what_cannot_be_worked_out_is_named_with_its_line(code: str, line: int, named: str) -> None:
    parsed = parse_reply("canvas = Canvas()\ncanvas.set_global_description(description='A park.')\n" + code)
    told = [problem for problem in parsed.problems if problem.line == line]
    assert told
    assert any(named in problem.message or "function call" in problem.message for problem in told)


def test_reports_name_the_line_of_the_call_that_made_a_region() -> None:
    code = (
        "canvas = Canvas()\ncanvas.set_global_description(description='A park.')\n"
        + ADD
        + "\nadd(canvas, 'nowhere', 'A cat.')\n"
    )
    parsed = parse_reply(code)
    assert [(problem.line, "nowhere" in problem.message) for problem in parsed.problems] == [(7, True)]


def test_remarks_behind_a_call_that_was_written_out_are_kept(global_call: str) -> None:
    code = "canvas.add_local_description(location='on the left', description='A {}.'.format('cat'))\n# Weight: 1.5\n"
    parsed = parse_reply(global_call + code)
    assert parsed.canvas is not None
    assert [(region.description, region.weight) for region in parsed.canvas.regions] == [("A cat.", 1.5)]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(LOCATIONS)),
            st.sampled_from(list(AREAS)),
            st.text(min_size=1, max_size=20),
            st.sampled_from(list(COLORS)),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_a_loop_and_a_function_say_what_plain_calls_say(things: list[tuple[str, str, str, str]]) -> None:
    head = "canvas = Canvas()\ncanvas.set_global_description(description='A park.')\n"
    names = ("location", "area", "description", "HTML_web_color_name")
    fields = [", ".join(f"{name}={value!r}" for name, value in zip(names, thing, strict=True)) for thing in things]
    plain = head + "".join(f"canvas.add_local_description({each})\n" for each in fields)
    given_names = ", ".join(names)
    passed = ", ".join(f"{name}={name}" for name in names)
    function = f"def put({given_names}):\n    canvas.add_local_description({passed})\n"
    loop = f"for {given_names} in {things!r}:\n    canvas.add_local_description({passed})\n"
    wanted = parse_reply(plain).canvas
    assert wanted is not None
    assert parse_reply(head + loop).canvas == wanted
    assert parse_reply(head + function + "".join(f"put({each})\n" for each in fields)).canvas == wanted


@pytest.mark.parametrize(
    "code",
    [
        "text = 'a' * 10**9\n",
        "text = 'ab'\nfor _ in range(1000):\n    text = text + text\n",
        "for a in range(999):\n    for b in range(999):\n        for c in range(999):\n            x = a\n",
        "x = 10 ** 10 ** 10\n",
        "x = '{:999999999d}'.format(5)\ny = '%999999999d' % 5\nz = f'{5:999999999}'\n",
        "a = []\na.append(a)\nb = a == a\ncanvas.add_local_description(description=a)\n",
        "x = " + "(" * 500 + ")" * 500 + "\n",
        "x = " + "-" * 5000 + "1\n",
        "x = " + "lambda: " * 3000 + "1\n",
        "def a(): b()\ndef b(): a()\na()\n",
        "f = lambda g: g(g)\nf(f)\n",
        "x = [[y for y in range(999)] for z in range(999)]\n",
        "x = 'a'.join(['b' * 9000] * 900)\n",
        "for x in range(10**9): pass\n",
        "import os\nos.system('true')\n__import__('os').system('true')\n().__class__.__bases__[0].__subclasses__()\n",
    ],
)
def test_code_that_would_never_end_is_left_soon(code: str, global_call: str, local_call: LocalCall) -> None:
    start = time.perf_counter()
    parsed = parse_reply(global_call + code + local_call(description="'A {}.'.format('cat')") + code)
    assert time.perf_counter() - start < 3
    assert parsed.canvas is not None
    assert "A cat." in [region.description for region in parsed.canvas.regions] or parsed.problems


PIECES = (
    r"""def f(x):\n|    |for x in y:\n|canvas.add_local_description(description=x)\n|f(|)|\n|x = |'a'|[1, 2]|if x:\n
|else:\n|class A:\n|lambda x: x|.format(|%|return |self.x|{'a': 1}|**x|while True:\n|break\n|f'{x}'|,
|canvas = Canvas()\n|with x as y:\n|x += 1\n|*|continue\n""".replace("\n", "")
    .replace("\\n", "\n")
    .split("|")
)


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_no_program_raises(code: str) -> None:
    parsed = parse_reply("canvas = Canvas()\ncanvas.set_global_description(description='A park.')\n" + code)
    assert parsed.canvas is not None or parsed.problems
