"""What a plan says between its lines is said in them: very small models forget some of it."""

from __future__ import annotations

from dataclasses import replace

from lib_omost.compose.plan import Entry, Plan
from lib_omost.compose.shapes import shape_of
from lib_omost.compose.vocabulary import MOST_ENTRIES
from lib_omost.compose.words import color_of, matching, plain

_NUMBERS = frozenset(("two", "three", "four", "five", "six", "both", "each"))  # no things of their own
_TALL, _WIDE = frozenset(("tall", "narrow", "slender", "upright")), frozenset(("wide", "broad", "long", "flat"))
_TINY, _HUGE = frozenset(("tiny", "miniature")), frozenset(("huge", "giant", "gigantic", "enormous"))


def completed(plan: Plan) -> Plan:
    """The plan with an entry, at its end, for each target of a relation that is none of its things nor in its scene.

    "bench; below tree" alone says of a tree, too. What cannot be the words of a thing is left out, as is what is more
    than a plan can hold. A sky is above and behind all else, and a ground below it. A "dark green background" is dark
    green, whatever the plan says.
    """
    entries = list(plan.entries)
    scene = plain(plan.scene).split()
    targets = [words for entry in entries if entry.relation for words in entry.relation.targets]
    for words in map(plain, targets):
        known = [entry.thing for entry in entries]
        if matching(words, known) or words.split()[-1:] == scene[-1:] or set(words.split()) <= set(scene):
            continue
        if len(entries) < MOST_ENTRIES and not words.isdecimal() and words not in _NUMBERS:
            try:
                entries.append(Entry(words))
            except ValueError:
                continue
    entries = [_as_large_as_said(entry) for entry in entries]
    if len(entries) > 1:
        entries = [_as_backdrop(entry) for entry in entries]
    color = color_of(plan.scene) if scene[-1:] == ["background"] else None
    return replace(plan, scene_color=color or plan.scene_color, entries=tuple(entries))


def _as_large_as_said(entry: Entry) -> Entry:
    """The entry in a size that its own words do not deny: no "narrow tower" is wide."""
    size = entry.size or ""
    words = set(plain(entry.thing).split())
    if size.endswith(" wide") and words & _TALL and not words & _WIDE:
        size = size.replace("wide", "tall")
    elif size.endswith(" tall") and words & _WIDE and not words & _TALL:
        size = size.replace("tall", "wide")
    if size.startswith("large") and words & _TINY:
        size = size.replace("large", "small")
    elif size.startswith("small") and words & _HUGE:
        size = size.replace("small", "large")
    return entry if size == (entry.size or "") else replace(entry, size=size)


def _as_backdrop(entry: Entry) -> Entry:
    """Sky and ground across the whole picture, where the plan does not say where they are; others as they are."""
    place = {"sky": "top", "ground": "bottom"}.get(shape_of(entry.thing))
    if place is None or entry.place is not None or entry.count > 1:
        return entry
    return replace(entry, place=place, relation=None, size=entry.size or "large wide", depth=entry.depth or "far")
