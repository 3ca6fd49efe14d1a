"""What a program makes here is what Python makes of it: programs of our own, run by both, their calls compared."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st

from lib_omost.program.kinds import RefusedError
from lib_omost.program.running import Program

NAMES = ("a", "b", "c", "xs", "d")
NUMBERS = ("0", "1", "-2", "2.5", "True", "a", "len(xs)", "(a + 1)", "(a * 3 % 4)", "(7 // 2)", "round(2.567, 1)")
TEXTS = ("'cat'", "b", "b.upper()", "f'{a}-{b!r:>6}'", "'%s|%05.1f' % (b, a)", "'{0}{x}'.format(b, x=a)", "f'{True:d}'",
         "'-'.join([b, 'y'])", "('x' if a else 'y')", "str(xs[:2])", "b[1:]", "('é' + b).title()",
         "f'{b!a}'", "b[:9] * 2",
         "put(b)", "put(b, more='z')", "(lambda q, *, r='k': q + r)(b)", "d.get('k', 'none')",
         "str(+True)")  # fmt: skip
LISTS = ("[a, 2, 3]", "xs + [a]", "list(range(a))", "[q * 2 for q in xs if q]", "sorted({3, 1, 3})", "xs", "xs[-2:]",
         "[i for i, _ in enumerate(xs)]", "[p for pair in zip(xs[:3], xs) for p in pair]",
         "list(d.values())", "[*xs, 1]",
         "[len({1, 1, 2})]")  # fmt: skip
TESTS = (
    "a > 1",
    "b == 'cat'",
    "a in xs",
    "not xs",
    "b is xs",
    "True is 1",
    "0 < a < 3",
    "a and b",
    "xs == [a, 2, 3]",
)
SIMPLE = st.one_of(
    st.sampled_from(NUMBERS).map("a = {}".format),
    st.sampled_from(TEXTS).map("b = {}".format),
    st.sampled_from(LISTS).map("xs = {}".format),
    st.sampled_from((*TEXTS, *LISTS, *NUMBERS)).map("canvas.add_local_description({})".format),
    st.sampled_from(TEXTS).map("canvas.add_local_description(description={})".format),
    st.sampled_from(("a += 1", "b += 'z'", "ys = xs\nxs += [9]\ncanvas.add_local_description(ys)", "xs.append(a)",
                     "xs.extend([a])", "xs.insert(0, a)", "xs.sort()", "xs.reverse()", "xs.pop()", "d['k'] = b",
                     "d.update(k='u')", "d.setdefault('m', 1)", "a, b = b, a", "xs[0] = a", "show(b)", "show(text=b)",
                     "one = Thing(b)\none.tell()", "one = Thing(b)\none.text += '!'\none.tell()")),
)  # fmt: skip


def indented(code: str) -> str:
    return "".join(f"    {line}\n" for line in code.split("\n"))


def blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, min_size=1, max_size=3).map("\n".join)
    tests = st.sampled_from(TESTS)
    return st.one_of(
        st.builds(lambda test, one, two: f"if {test}:\n{indented(one)}else:\n{indented(two)}", tests, body, body),
        st.builds(lambda test, one: f"for n in range(3):\n{indented(one)}    if {test}:\n        break\n"
                  "else:\n    canvas.add_local_description('else')\n", tests, body),
        body.map(lambda it: f"w = 2\nwhile w:\n    w -= 1\n{indented(it)}else:\n    canvas.add_local_description(w)"),
    )  # fmt: skip


HEAD = (
    "a, b, xs, d = 1, 'x', [1, 2], {}\n"
    "def put(text, *rest, more=None):\n    canvas.add_local_description(text, more)\n    return text + str(more)\n"
    "def show(text, seen=[]):\n    seen.append(text)\n    for one in seen:\n        if one == "
    "'cat':\n            return\n"
    "        canvas.add_local_description(one)\n"
    "class Thing:\n    kind = 'thing'\n    def __init__(self, text):\n        self.text = text\n"
    "    def tell(self):\n        canvas.add_local_description(f'{self.kind} {self.text}')\n        return self\n"
)
PROGRAMS = st.lists(st.recursive(SIMPLE, blocks, max_leaves=6), min_size=1, max_size=8).map("\n".join)
Calls = list[tuple[list[Any], dict[str, Any]]]


class Recorder:
    def __init__(self) -> None:
        self.calls: Calls = []

    def add_local_description(self, *arguments: Any, **names: Any) -> None:
        self.calls.append(ast.literal_eval(repr((list(arguments), names))))


def of_python(code: str) -> Calls | None:
    """The calls that Python makes; None where the program fails. Only code that is put together here is run."""
    canvas = Recorder()
    try:
        exec(compile(code, "program", "exec"), {"canvas": canvas})  # of the lists above
    except (TypeError, ValueError, IndexError, KeyError, AttributeError, NameError, ZeroDivisionError):
        return None
    return canvas.calls


def of_ours(code: str) -> Calls | None:
    program = Program()
    try:
        program.run(ast.parse("canvas = Canvas()\n" + code).body)
    except RefusedError:
        return None
    calls: Calls = []
    for made in program.made[1:]:
        call = ast.parse(f"f({', '.join(part for _, part in made.parts)})", mode="eval").body
        assert isinstance(call, ast.Call)
        names = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
        calls.append(([ast.literal_eval(argument) for argument in call.args], names))
    return calls


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@settings(max_examples=150, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(PROGRAMS)
def test_a_program_makes_the_calls_that_python_makes(code: str) -> None:
    wanted, found = of_python(HEAD + code), None
    if wanted is not None:
        found = of_ours(HEAD + code)
    event("refused" if wanted is not None and found is None else "compared" if found is not None else "fails")
    assert found is None or found == wanted
