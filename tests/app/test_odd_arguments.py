"""Names, numbers and files that no program should be given: each is refused in our own words, with its place."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lib_omost.canvas import canvas_to_json, parse_canvas
from tests.app.conftest import SHAPES_REPLY

BAD_INPUT = 2
HUGE, LONG = "1" + "0" * 400, "9" * 5000
NAME = "x" * 300
NUL = "a\0b"
DATA = json.dumps(canvas_to_json(parse_canvas(SHAPES_REPLY)))
TEXTS = {
    "whole numbers of 5000 digits": DATA.replace("2.0", LONG),
    "10^400": DATA.replace("2.0", HUGE),
    "1e400": DATA.replace("2.0", "1e400"),
    "NaN": DATA.replace("2.0", "NaN"),
    "lists in lists": DATA.replace("2.0", "[" * 900 + "]" * 900),
    "objects in objects": DATA.replace("2.0", '{"a":' * 900 + "1" + "}" * 900),
    "brackets": "[" * 100_000,
    "half a character": DATA.replace("A red circle.", "A \\ud800 circle."),
    "half a character as a name": DATA.replace('"red"', '"\\ud800"'),
    "half a character as a key": json.dumps({"\ud800": 1, "description": "\ud800", "regions": []}),
    "a rectangle without end": DATA.replace("2.0", '2.0, "free_rect": [0, 1e400, 0, ' + HUGE + "]"),
    "code with 5000 digits": SHAPES_REPLY.replace("2.0", LONG),
    "code with 10^400": SHAPES_REPLY.replace("2.0", HUGE),
    "code with nan": SHAPES_REPLY.replace("2.0", "nan"),
    "code with half a character": SHAPES_REPLY.replace("A red", "A \\ud800").replace("on the left", "\\udfff"),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("command", ["parse", "format", "bags", "draft"])
def test_an_odd_file_is_read_or_refused(omost: Callable, tmp_path: Path, command: str, text: str) -> None:
    file = tmp_path / "file.json"
    file.write_text(text)
    options = ["--size", "64x64", "-o", tmp_path / "draft.png"] if command == "draft" else []
    ran = omost(command, file, *options)
    assert ran.code in (0, BAD_INPUT)
    assert ran.code == 0 or ran.err.startswith("omost: ")
    ran.out.encode()
    if command == "parse" and ran.code == 0:
        json.loads(ran.out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


@pytest.mark.parametrize(
    ("pending", "told"),
    [
        (LONG, "a number that is too long"),
        ("[" * 100_000, "nested too deeply"),
        ('"\\ud800"', "clean text"),
        ("NaN", "no text"),
        ("1e400", "no text"),
    ],
)
def test_an_odd_history_is_refused(omost: Callable, tmp_path: Path, pending: str, told: str) -> None:
    file = tmp_path / "chat.json"
    file.write_text(f'{{"omost_chat": 1, "rounds": [], "pending": {pending}}}')
    ran = omost("chat", "--undo", "--history", file)
    assert ran.code == BAD_INPUT
    assert told in ran.err
    assert file.read_text().startswith('{"omost_chat"')


COMMANDS: list[tuple[Any, ...]] = [
    ("parse", NAME),
    ("parse", NUL),
    ("render", "{shapes}", "--checkpoint", NAME),
    ("render", "{shapes}", "--checkpoint", NUL),
    ("render", "{shapes}", "--seed", HUGE),
    ("render", "{shapes}", "--steps", HUGE),
    ("render", "{shapes}", "--cfg", "nan"),
    ("render", "{shapes}", "--cfg", "1e400"),
    ("render", "{shapes}", "--denoise", "nan"),
    ("render", "{shapes}", "--hires", "nan"),
    ("render", "{shapes}", "--batch", HUGE),
    ("render", "{shapes}", "--negative", "\udcff"),
    ("render", "{shapes}", "--redraw", "1"),
    ("render", "{shapes}", "--from", "{shapes}"),
    ("render", "{shapes}", "--from", "{shapes}", "--redraw", "1"),
    ("render", "{shapes}", "--from", NAME, "--redraw", "1"),
    ("draft", "{shapes}", "--size", f"{LONG}x8"),
    ("models", "check", NAME),
    ("models", "check", NUL),
    ("models", "check", "../x"),
    ("models", "check", f"{NAME}/{NAME}"),
    ("models", "remove", NAME),
    ("models", "download", NAME),
    ("models", "download", "../x"),
    ("models", "download", "~nobody-of-that-name/x"),
    ("chat", "x", "--model", NAME),
    ("chat", "x", "--model", f"/{NAME}"),
    ("chat", "x", "--history", NAME),
    ("chat", "--undo", "--history", NAME),
    ("chat", "x", "--temperature", "nan"),
    ("chat", "x", "--top-p", "nan"),
    ("chat", "x", "--max-tokens", HUGE),
    ("chat", "x", "--chat-seed", HUGE),
    ("chat", "x", "--edit", HUGE, "--history", "{tmp}/none.md"),
    ("chat", "\udcff"),
    ("chat", "x", "--server", "http://127.0.0.1:99999"),
    ("demo", "\udcff", "--out", "{tmp}"),
    ("run", "--no-browser", "--port", "80000"),
    ("run", "--no-browser", "--port", "-1"),
    ("run", "--no-browser", "--port", LONG),
    ("run", "--no-browser", "--port", "٣"),
    ("bench", "faults", "--count", "1", "--seconds", HUGE),
    ("bench", "faults", "--count", HUGE),
    ("bench", "grammar", "--walks", LONG),
    ("bench", "chat", "--model", NAME),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: " ".join(str(word)[:12] for word in words))
@pytest.mark.skipif(sys.platform == "win32", reason="names of files are others there")
def test_an_odd_argument_is_refused(omost: Callable, shapes: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    ran = omost(*(word.replace("{shapes}", str(shapes)).replace("{tmp}", str(tmp_path)) for word in command))
    assert ran.code == BAD_INPUT, ran.err
    assert "omost" in ran.err
    assert "Traceback" not in ran.err
    if LONG in command or NAME in command:
        assert len(ran.err) < 3000


def test_a_file_of_another_name_is_refused_where_it_is_written(omost: Callable, shapes: Path, tmp_path: Path) -> None:
    ran = omost("draft", shapes, "-o", tmp_path / f"{NAME}.png")
    assert ran.code == 1
    assert "cannot be written" in ran.err
