"""Replies that are written to harm: none takes long, needs much memory, or raises."""

from __future__ import annotations

import time

import pytest

from lib_omost.canvas import parse_reply

NESTED = "t = (1, 1)\nfor i in range(60):\n    t = (t, t)\n"
LISTS = NESTED.replace("(t", "[t").replace("t)\n", "t]\n")
WIDE = "a = [0] * 1000\nb = [a] * 1000\nc = [b] * 1000\n"
TWICE = "def g():\n  for i in range(999):\n    for j in range(30):\n      {}\n"
LONG = "s = 'a' * 20000\n"


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("a = [1]\nfor i in range(60):\n    a.extend(a)\n", id="a list that doubles"),
        pytest.param("a = [1]\nfor i in range(60):\n    a += a\n", id="a list that is added to itself"),
        pytest.param("m = [[0] * 1000] * 1000\nfor i in range(900):\n    x = zip(*m)\n", id="lists turned"),
        pytest.param(WIDE + "canvas.add_local_description(description=c)\n", id="a wide list written out"),
        pytest.param("a = []\nfor i in range(999):\n    a.append(a)\ncanvas.add_local_description(a)\n", id="itself"),
        pytest.param(LISTS + LISTS.replace("t =", "u =").replace("[t, t]", "[u, u]") + "x = t == u\n", id="equal"),
        *(pytest.param(f"{NESTED}d = {{}}\nx = {use}\n", id=use)
          for use in ("dict([(t, 1)])", "d.get(t)", "set([t])", "t in d", "{t}", "d.pop(t, 1)", "d.setdefault(t, 1)")),
        pytest.param("m = [[0] * 1000] * 1000\n" + "x = sum(m, [])\n" * 20, id="lists summed"),
        pytest.param("x = round(7, -99999999999)\n", id="rounded to a large power"),
        pytest.param(LONG + "t = '{0}' * 6600\n" + "x = t.format(s)\n" * 90, id="format"),
        pytest.param(LONG + "t = '%(a)s' * 3900\n" + "x = t % {'a': s}\n" * 90, id="percent"),
        pytest.param(LONG + f"x = f'{'{s}' * 9000}'\n" * 3, id="f-string"),
        pytest.param(LONG + "x = f'{[s] * 1000}'\n" * 90, id="lists as texts"),
        pytest.param(LONG + "l = [s + 'b', s + 'c'] * 500\n" + "x = sorted(l)\ny = s in l\n" * 900, id="compared"),
        pytest.param(TWICE.format(f"(yield [{'1,' * 9000}])") + "g()\n", id="yield"),
        pytest.param(TWICE.format(f"y = (z := [{'1,' * 9000}])") + "g()\n", id="unknown"),
        pytest.param("canvas " + "f'" * 140_000 + "\n", id="quotes"),
        pytest.param("".join("@a\n" for _ in range(60_000)), id="decorators"),
        pytest.param("for x in y:\n" + "a = [\n" * 40_000, id="brackets"),
        pytest.param("for x in y:\n" + "def f(\n" * 40_000, id="functions"),
        pytest.param("x = f'{1114112:c}'\ny = f'{55296:c}'\n", id="no character"),
        pytest.param("x = 1e999\ny = int(x)\nz = f'{x:d}'\na = round(x)\nb = [1][x]\nc = x % 1\n", id="infinite"),
    ],
)  # fmt: skip
def test_no_code_takes_long(code: str, global_call: str) -> None:
    start = time.process_time()
    parsed = parse_reply(global_call + code)
    assert time.process_time() - start < 3
    assert parsed.canvas is not None or parsed.problems


@pytest.mark.parametrize(
    ("call", "named"),
    [
        ("canvas.add_local_description(**{'a\\nb': 1})", "a\\nb"),
        ("canvas.add_local_description(location='on the left'.strip(), description=f'a\\n\\n{foo}')", "description"),
    ],
)
def test_ends_of_lines_in_texts_keep_the_lines_of_reports(call: str, named: str) -> None:
    code = f"canvas = Canvas()\ncanvas.set_global_description(description='A park.')\n{call}\n"
    problems = parse_reply(code).problems
    assert {problem.line for problem in problems} == {3}
    assert any(named in problem.message for problem in problems)


def test_a_reply_leaves_nothing_for_the_next() -> None:
    first = "def add(text, seen=[]):\n    seen.append(text)\n    canvas.add_local_description(description=seen[0])\n"
    head = "canvas = Canvas()\ncanvas.set_global_description(description='A park.')\n"
    for what in ("A cat.", "A dog."):
        canvas = parse_reply(f"{head}{first}add('{what}')\n").canvas
        assert canvas is not None
        assert [region.description for region in canvas.regions] == [what]


def test_sets_are_in_order_and_addresses_are_not_written() -> None:
    head = "canvas = Canvas()\ncanvas.set_global_description(description='A park.')\n"
    loop = "for t in {'A dog.', 'A cat.', 'A dog.'}:\n    canvas.add_local_description(description=t)\n"
    canvas = parse_reply(head + loop).canvas
    assert canvas is not None
    assert [region.description for region in canvas.regions] == ["A dog.", "A cat."]
    told = parse_reply(head + "canvas.add_local_description(description=dict([(foo, 1)]))\n")
    assert "0x" not in str(told)
