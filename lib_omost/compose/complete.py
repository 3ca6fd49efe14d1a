"""A line for everything that a plan only names beside something else: very small models forget some."""

from __future__ import annotations

from dataclasses import replace

from lib_omost.compose.plan import Entry, Plan
from lib_omost.compose.vocabulary import MOST_ENTRIES
from lib_omost.compose.words import matching, plain


def completed(plan: Plan) -> Plan:
    """The plan with an entry, at its end, for each target of a relation that is none of its things nor in its scene.

    "bench; below tree" alone says of a tree, too. What cannot be the words of a thing is left out, as is what is more
    than a plan can hold.
    """
    entries = list(plan.entries)
    scene = plain(plan.scene).split()
    targets = [words for entry in entries if entry.relation for words in entry.relation.targets]
    for words in map(plain, targets):
        known = [entry.thing for entry in entries]
        if matching(words, known) or words.split()[-1:] == scene[-1:] or set(words.split()) <= set(scene):
            continue
        if len(entries) < MOST_ENTRIES and not words.isdecimal():
            try:
                entries.append(Entry(words))
            except ValueError:
                continue
    return replace(plan, entries=tuple(entries))
