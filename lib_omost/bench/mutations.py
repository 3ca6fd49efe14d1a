"""What goes wrong with a reply on its way to us: one function a kind of damage or wrapping, from a text to a text."""

from __future__ import annotations

import html
import json
import random
import re
from collections.abc import Callable

Mutation = Callable[[str, random.Random], str]

PIECES = (
    *"'\"’“\\()[]{},，=＝#;-*",
    *("\n", "\r\n", "```", "```python\n", "### Assistant\n", "> ", "+ ", "// ", "/* ", "...", "<think>", "</think>"),
    *(
        "canvas.",
        "Canvas()",
        "canvas = Canvas()\n",
        "description=",
        "for x in y:\n    ",
        "lambda: ",
        "**",
        "{x}",
        "f'",
        "%s",
    ),
    *("\0", "\u200b", "\ufeff", "\ud800", "&quot;", "<|eot_id|>", "</s>", "é", "中", "🐟", "None", "1e999", "9" * 60),
    "__import__('os').system('true')",
)

_VALUE = re.compile(r"""[:=]\s{0,2}("[^"\n]*"|'[^'\n]*'|[\d.]+|\[[^\[\]\n]*\])""")


def _cut(text: str, dice: random.Random) -> tuple[int, int]:
    start = dice.randrange(len(text) + 1)
    return start, min(len(text), start + dice.choice((1, 1, 1, 2, 5, 20, 80)))


def left_out(text: str, dice: random.Random) -> str:
    """A few characters are gone."""
    start, end = _cut(text, dice)
    return text[:start] + text[end:]


def put_in(text: str, dice: random.Random) -> str:
    """A piece that does not belong there."""
    place = dice.randrange(len(text) + 1)
    return f"{text[:place]}{dice.choice(PIECES)}{text[place:]}"


def replaced(text: str, dice: random.Random) -> str:
    """A piece in place of some characters."""
    start, end = _cut(text, dice)
    return f"{text[:start]}{dice.choice(PIECES)}{text[end:]}"


def twice(text: str, dice: random.Random) -> str:
    """Some lines stand twice."""
    lines = text.split("\n")
    start = dice.randrange(len(lines))
    end = start + dice.choice((1, 1, 3, 12, 30))
    return "\n".join(lines[:end] + lines[start:end] + lines[end:])


def line_lost(text: str, dice: random.Random) -> str:
    """A line is gone."""
    lines = text.split("\n")
    del lines[dice.randrange(len(lines))]
    return "\n".join(lines)


def lines_swapped(text: str, dice: random.Random) -> str:
    """Two lines changed places."""
    lines = text.split("\n")
    one, two = dice.randrange(len(lines)), dice.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one]
    return "\n".join(lines)


def cut_off(text: str, dice: random.Random) -> str:
    """The end is missing."""
    return text[: dice.randrange(len(text) + 1)]


def typographic(text: str, dice: random.Random) -> str:
    """Quotes of one kind become typographic ones."""
    quote, pair = dice.choice((("'", "‘’"), ('"', "“”"), ("'", "“”")))
    return re.sub(f"{quote}([^{quote}\n]*){quote}", rf"{pair[0]}\1{pair[1]}", text)


def quoted(text: str, dice: random.Random) -> str:
    """Every line is quoted, numbered, or added by a diff."""
    mark = dice.choice(("> ", ">", "> > ", "+", "+ ", ">>> "))
    return "\n".join(mark + line for line in text.split("\n"))


def numbered(text: str, _dice: random.Random) -> str:
    """Lines have numbers."""
    return "\n".join(f"{number:>4} | {line}" for number, line in enumerate(text.split("\n"), 1))


def escaped(text: str, dice: random.Random) -> str:
    """As it stands in JSON, in HTML or in Markdown."""
    safe = text.encode("utf-8", "replace").decode()
    kinds: tuple[Callable[[], str], ...] = (
        lambda: json.dumps(safe),
        lambda: json.dumps({"choices": [{"message": {"content": safe}}]}),
        lambda: f"Steps: 20, Omost canvas: {json.dumps(safe)}, Omost method: score",
        lambda: html.escape(safe),
        lambda: safe.replace("_", "\\_"),
    )
    return dice.choice(kinds)()


def one_line(text: str, _dice: random.Random) -> str:
    """Line ends became spaces."""
    return text.replace("\n", " ")


def renamed(text: str, dice: random.Random) -> str:
    """Calls by another name."""
    old, new = dice.choice(
        (
            ("add_local_description", "add_region"),
            ("add_local_description", "AddLocalDescription"),
            ("add_local_description", "create_local_description"),
            ("set_global_description", "setGlobalDescription"),
            ("canvas.", "c."),
            ("location=", "location: "),
            ("HTML_web_color_name", "color"),
        )
    )
    return text.replace(old, new)


def talked_about(text: str, dice: random.Random) -> str:
    """Words before, between or behind."""
    words = dice.choice(
        (
            "Sure, here is the canvas:\n\n",
            "You can add more with canvas.add_local_description(description='your text') at any time.\n",
            "<think>I could call canvas.add_local_description(description='a cat') here.</think>\n",
            "It's done.\n",
        )
    )
    return words + text if dice.random() < 0.5 else f"{text}\n{words}"


def odd_value(text: str, dice: random.Random) -> str:
    """A value of another kind: nested deeply, a number that no machine holds, half of a character."""
    places = [match.span(1) for match in _VALUE.finditer(text)]
    if not places:
        return text
    start, end = dice.choice(places)
    depth = dice.choice((3, 9, 70, 900, 3000))
    value = dice.choice(
        (
            *("1" * 5000, "1" + "0" * 400, "-1" + "0" * 400, "NaN", "-Infinity", "1e400", "1e-400", "-0"),
            *('"\\ud800"', "'\\udfff x'", '"\\ud83d\\ude00"', "true", "null", "{}", "[]", '""', "[null]"),
            *("[" * depth + "]" * depth, "[" * depth, '{"a":' * depth + "1" + "}" * depth, "(" * depth + ")" * depth),
            "-" * depth + "1",
        )
    )
    return f"{text[:start]}{value}{text[end:]}"


MUTATIONS: tuple[Mutation, ...] = (
    *(left_out, put_in, replaced) * 2,
    *(
        twice,
        line_lost,
        lines_swapped,
        cut_off,
        typographic,
        quoted,
        numbered,
        escaped,
        one_line,
        renamed,
        talked_about,
        odd_value,
    ),
)
