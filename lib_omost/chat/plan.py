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
from lib_omost.chat.bounds import Bounds
from lib_omost.chat.lark import OPENING, WORD, literal

LONGEST_ENTRY = 60  # characters
_WORDS = rf"{WORD}[\p{{L}}\p{{N}} -]{{0,{LONGEST_ENTRY - 1}}}"
_LEAD = f"{OPENING}# Plan: "


@dataclass(frozen=True)
class Plan:
    """`entries` are (thing, location), in order; `text` is the reply up to and with the line of the plan."""

    text: str
    entries: tuple[tuple[str, str], ...]
    scene: str


def plan_grammar(bounds: Bounds, asked: Sequence[str]) -> str:
    """The grammar of a plan, in Lark syntax, that quotes the user's messages `asked`, if there is a word in them."""
    least, most = bounds.regions
    chunks = [chunk for message in asked for chunk in [*re.findall(r"[^\W_]+|[\W_]+", message), "\n"]]
    quotes = any(chunk[0].isalnum() for chunk in chunks)
    rules = [
        f"start: {literal(_LEAD)} entry{{{max(least, 1)},{most}}} {literal('scene: ')} SCENE {literal(chr(10))}",
        f"entry: THING {literal(': ')} LOCATION {literal('; ')}",
        f"THING: QUOTE & /{_WORDS}/" if quotes else f"THING: /{_WORDS}/",
        f"SCENE: /{_WORDS}/",
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
