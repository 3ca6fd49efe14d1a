"""What goes where, in one line, before the code: the step that a small model needs to compose a message.

    # Plan: a gold moon: on the top; a navy house: on the bottom; scene: a dark night sky

A small model asked for the whole canvas at once loses count of the regions and mixes what it was asked with what it
has read before. So it first writes this comment, whose entries quote words that stand together in the user's messages;
which words, and where they go, is its choice. `canvas_grammar` then asks for one region an entry, at that place, and
for descriptions that begin with the words of the plan.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from lib_omost.canvas.vocabulary import LOCATIONS
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.grammar.lark import literal, regex
from lib_omost.chat.grammar.letters import ALNUM, ANY_WORD, OTHER_LETTERS, WORD
from lib_omost.chat.grammar.rules import Chars, Choice, Repeat, sequence

OPENING = "```python\n"
LONGEST_ENTRY = 60  # characters of ASCII, or a third as many of any script: see `chat.letters`
_SPACES = ("  ", "--")
_WORDS = Choice(
    (
        sequence(WORD, Repeat(Chars((*ALNUM, *_SPACES)), 0, LONGEST_ENTRY - 1)),
        sequence(ANY_WORD, Repeat(Chars((*ALNUM, *OTHER_LETTERS, *_SPACES)), 0, LONGEST_ENTRY // 3 - 1)),
    )
)
_LEAD = f"{OPENING}# Plan: "
# What is quoted whole: a word, or one character of a script that is written without spaces.
_CHUNK = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\\W_\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+|[\\W_]+")


@dataclass(frozen=True)
class Plan:
    """`entries` are (thing, location), in order; `text` is the reply up to and with the line of the plan."""

    text: str
    entries: tuple[tuple[str, str], ...]
    scene: str


def plan_grammar(bounds: Bounds, asked: Sequence[str]) -> str:
    """The grammar of a plan, in Lark syntax, that quotes the user's messages `asked`, if there is a word in them."""
    least, most = bounds.regions
    words = regex(_WORDS)
    chunks = [chunk for message in asked for chunk in [*_CHUNK.findall(message), "\n"]]
    quotes = any(re.fullmatch(words, chunk) for chunk in chunks)
    rules = [
        f"start: {literal(_LEAD)} entry{{{max(least, 1)},{most}}} {literal('scene: ')} SCENE {literal(chr(10))}",
        f"entry: THING {literal(': ')} LOCATION {literal('; ')}",
        f"THING: QUOTE & /{words}/" if quotes else f"THING: /{words}/",
        f"SCENE: /{words}/",
        f"LOCATION: {' | '.join(map(literal, LOCATIONS))}",
    ]
    if quotes:
        rules.append(f"QUOTE: %regex {json.dumps({'substring_chunks': chunks})}")
    return "%llguidance {}\n" + "\n".join(rules) + "\n"


def read_plan(text: str) -> Plan | None:
    """The plan in a reply held to `plan_grammar`; None when the reply was cut off before its end."""
    if not text.startswith(_LEAD) or not text.endswith("\n"):
        return None
    *entries, scene = text.removeprefix(_LEAD).split("; ")
    pairs = (entry.rpartition(": ") for entry in entries)
    return Plan(
        text, tuple((thing.strip(), location) for thing, _, location in pairs), scene.removeprefix("scene: ").strip()
    )
