"""`bench faults`: replies and files that were damaged at random are read, and nothing is lost, executed or hung.

The rule of every text: a call that still stands in it as it was written is a region, or the whole, of the canvas, or a
problem, or counted as standing outside of it.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from lib_omost.bench.mutations import MUTATIONS
from lib_omost.canvas import (
    AREAS,
    COLORS,
    LOCATIONS,
    OFFSETS,
    Canvas,
    Region,
    canvas_from_json,
    canvas_to_json,
    read_canvas,
    write_canvas,
)
from lib_omost.canvas.report import ParsedReply
from lib_omost.canvas.statements import NO_FILE
from lib_omost.errors import OmostError

MOST_SECONDS = 2.0  # of the processor, for one text
MOST_DAMAGES = 4
MOST_FINDINGS = 20
_CALL = re.compile(r"^canvas\.(?:add_local|set_global)_description\($", re.MULTILINE)
_COUNTED = re.compile(r"(\d+) (?:more problems|calls beyond|regions are|calls behind|regions were)")
# What reading may never do, by the names of Python's audit events.
_FORBIDDEN = frozenset(
    (
        "exec",
        "os.system",
        "os.exec",
        "os.posix_spawn",
        "subprocess.Popen",
        "socket.connect",
        "open",
        "os.remove",
        "import",
    )
)


@dataclass(frozen=True)
class Finding:
    """A text that was not read as it should be; `damaged(seed)` makes it again."""

    seed: int
    what: str
    text: str


@dataclass(frozen=True)
class Faults:
    """How many texts were read, how many still gave a canvas, how many were refused, and what was found."""

    texts: int
    canvases: int
    refused: int
    findings: tuple[Finding, ...]


def run(count: int, *, seconds: float | None = None, done: Callable[[int, int], None] = lambda *_: None) -> Faults:
    """Read `count` damaged texts, or as many as `seconds` allow; seeds count up from 0."""
    over = None if seconds is None else time.monotonic() + seconds
    findings: list[Finding] = []
    texts = canvases = refused = 0
    for text in (SEEDS[0], SEEDS[0].replace("description='", r"description='\ud800")):
        read_canvas(text)  # whatever is imported late is imported now, codecs too
    with _watched() as seen:
        while texts < count and (over is None or time.monotonic() < over) and len(findings) < MOST_FINDINGS:
            text = damaged(texts)
            what, parsed = _read(text, seen)
            if what:
                findings.append(Finding(texts, what, text))
            texts += 1
            canvases += parsed is not None and parsed.canvas is not None
            refused += parsed is None
            done(texts, count)
    return Faults(texts, canvases, refused, tuple(findings))


def damaged(seed: int) -> str:
    """The text of a seed: a transcript, code or JSON, damaged up to MOST_DAMAGES times."""
    dice = random.Random(seed)
    text = dice.choice(SEEDS) if dice.random() < 0.5 else _written(dice)
    for _ in range(dice.randint(0, MOST_DAMAGES)):
        text = dice.choice(MUTATIONS)(text, dice)
    return text


def lost(text: str, parsed: ParsedReply) -> int:
    """How many calls of a text are in no canvas, no problem, and not counted as standing outside."""
    stands = len(_CALL.findall(text))
    told = len(parsed.problems) + parsed.outside
    told += sum("set again" in correction.message for correction in parsed.corrections)
    told += sum(int(number) for problem in parsed.problems for number in _COUNTED.findall(problem.message))
    read = 0 if parsed.canvas is None else 1 + len(parsed.canvas.regions)
    return max(0, stands - told - read)


def _read(text: str, seen: list[str]) -> tuple[str, ParsedReply | None]:
    """What is wrong with how a text was read, or "", and what was read."""
    seen.clear()
    started = time.process_time()
    parsed = None
    what = ""
    try:
        parsed = read_canvas(text)
    except OmostError as error:
        what = "" if str(error) else "an error that says nothing"
    except Exception as error:  # noqa: BLE001 (that is what is looked for)
        what = f"{type(error).__name__}: {error}"
    if time.process_time() - started > MOST_SECONDS:
        what = what or f"took more than {MOST_SECONDS:g} s"
    if seen:
        what = what or f"did {seen[0]}"
    if parsed is not None:
        what = what or _unwritable(parsed)
    if parsed is not None and parsed.canvas is None and not parsed.problems:
        what = what or "no canvas, and no problem that says why"
    if parsed is not None and (count := lost(text, parsed)):
        what = what or f"{count} calls are lost without a word"
    return what, parsed


def _unwritable(parsed: ParsedReply) -> str:
    """Why what was read cannot be shown, kept and read again, or ""."""
    try:
        "".join(report.message for report in parsed.corrections).encode()
        "".join(report.message + report.expected for report in parsed.problems).encode()
        if parsed.canvas is None:
            return ""
        write_canvas(parsed.canvas).encode()
        kept = json.loads(json.dumps(canvas_to_json(parsed.canvas), ensure_ascii=False).encode())
        return "" if canvas_from_json(kept) == parsed.canvas else "another canvas comes back from its file"
    except Exception as error:  # noqa: BLE001 (as above)
        return f"cannot be written: {type(error).__name__}: {error}"


@contextmanager
def _watched() -> Iterator[list[str]]:
    """What Python's audit events tell of in this block that reading may not do."""
    seen: list[str] = []
    watching = True

    def hook(event: str, arguments: Any) -> None:
        if watching and event in _FORBIDDEN and not (event == "open" and arguments[0] == NO_FILE):
            seen.append(event)

    sys.addaudithook(hook)  # it cannot be taken away again, but told to sleep
    try:
        yield seen
    finally:
        watching = False


_WORDS = (
    "a red boat",
    "Bob's hat",
    'the "Nora"',
    "an old oak (very old)",
    "rain, wind",
    "über",
    "一只猫",
    "50% grey",
    "x = 3",
)


def _written(dice: random.Random) -> str:
    """A random canvas as code, or as JSON of this program or another's."""

    def words() -> str:
        return " ".join(dice.choice(_WORDS) for _ in range(dice.randint(1, 4)))

    regions = tuple(
        Region(
            dice.choice(list(LOCATIONS)),
            dice.choice(list(OFFSETS)),
            dice.choice(list(AREAS)),
            float(dice.randint(1, 20)),
            words(),
            tuple(words() for _ in range(dice.randint(0, 3))),
            tags=words(),
            color_name=dice.choice(list(COLORS)),
        )
        for _ in range(dice.randint(0, 6))
    )
    canvas = Canvas(words(), (words(),), words(), dice.choice(list(COLORS)), regions)
    form = dice.random()
    if form < 0.6:
        return f"```python\n{write_canvas(canvas)}```\n"
    data = canvas_to_json(canvas)
    if form < 0.8:
        return json.dumps(data, indent=dice.choice((None, 1)), ensure_ascii=dice.random() < 0.5)
    whole = {name: value for name, value in data.items() if name != "regions"}
    return json.dumps({"global_description": whole, "local_descriptions": data["regions"]}, indent=1)


def _transcripts() -> tuple[str, ...]:
    """The published transcript: whole, and each of its two replies."""
    text = (files("lib_omost.bench") / "dragon_chat.md").read_text(encoding="utf-8")
    return (text, *text.split("### Assistant")[1:])


SEEDS = _transcripts()
