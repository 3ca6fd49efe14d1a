"""A plan, or the things that edits add, brought nearer to the message where it is sure what is amiss."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from lib_omost.compose.edit import Add, Describe, Edit, Nudge, Recolor, Remove, Replace, Resize, SetDepth, Targets
from lib_omost.compose.plan import Entry, Plan, Relation
from lib_omost.compose.review.finding import Finding, noun_in
from lib_omost.compose.vocabulary import MOST_ENTRIES, MOST_OF_A_THING
from lib_omost.compose.words import color_of, named_as_color, recolored, singular, unnamed

_SIDES = {"left of": "left", "right of": "right", "above": "top", "below": "bottom"}

_DEEP = ("in front of", "behind")  # these go with a place


def mended_plan(plan: Plan, findings: Sequence[Finding]) -> Plan:
    """The plan with what was found put right, as far as that is sure; the same one where nothing is.

    Raises ValueError for words that cannot stand in a plan.
    """
    entries = plan.entries
    for found in findings:
        entries = _freed(_parted(_lessened(_as_one(entries, found), found), found), found)
        entries = tuple(_mended(entry, found, entries) for entry in entries)
    gone = {found.noun for found in findings if found.kind == "absent"}
    absent = dict.fromkeys((*plan.absent, *sorted(gone)))
    entries = tuple(_having_none(entry, gone) for entry in entries)
    unseen = {found.noun for found in findings if found.kind == "unseen"}
    kept = tuple(_beside_none(entry, unseen) for entry in entries if noun_in(entry.thing) not in gone | unseen)
    plan = replace(plan, entries=kept, absent=tuple(absent))
    for found in findings:
        plan = _in_scene(plan, found)
    return plan


def _in_scene(plan: Plan, found: Finding) -> Plan:
    """The plan with a scene that names where things are; what was there before it stays behind it."""
    if found.kind != "scene":
        return plan
    where = " ".join(found.words)
    said = set(plan.scene.replace(",", "").split()) & set(found.said)
    return replace(plan, scene=f"{where}, {plan.scene}" if said else where)


def with_missing(plan: Plan, findings: Sequence[Finding]) -> Plan:
    """The plan with an entry for each thing that is missing, as far as there is room. Raises ValueError."""
    added = [
        Entry(" ".join((*found.words[:-1], found.noun)), min(found.count, MOST_OF_A_THING), color=color)
        for found in findings
        for color in (color_of(" ".join(found.words)),)
    ]
    return replace(plan, entries=(*plan.entries, *added)[:MOST_ENTRIES])


def mended_edits(edits: Sequence[Edit], findings: Sequence[Finding], regions: int) -> tuple[Edit, ...]:
    """The edits of a canvas with so many regions, of which those that add something are mended as the lines of a plan.

    Where only some things are to stay, exactly the others are removed. Raises ValueError.
    """
    kept = next((found.numbers for found in findings if found.kind == "kept"), ())
    if kept:
        gone = Targets(tuple(str(number) for number in range(1, regions + 1) if number not in kept))
        return (Remove(gone),)
    for found in findings:
        edits = tuple(_of_all(edit, found.numbers) if found.kind == "some" else edit for edit in edits)
    added = tuple(edit.entry for edit in edits if isinstance(edit, Add))
    for found in findings:
        added = tuple(_mended(entry, found, added) for entry in added)
    entries = iter(added)
    return tuple(Add(next(entries)) if isinstance(edit, Add) else edit for edit in edits)


def _of_all(edit: Edit, numbers: Sequence[int]) -> Edit:
    """The edit of all of these regions where it is one of some of them."""
    names = tuple(map(str, numbers))
    if isinstance(edit, (Recolor, Resize, SetDepth, Remove, Nudge, Replace, Describe)):
        said = edit.targets.names
        if set(names) & set(said):
            first = next(place for place, name in enumerate(said) if name in names)
            others = [tuple(name for name in part if name not in names) for part in (said[:first], said[first:])]
            return replace(edit, targets=Targets((*others[0], *names, *others[1])))
    return edit


def _as_one(entries: tuple[Entry, ...], found: Finding) -> tuple[Entry, ...]:
    """The first of the entries for what is one, in the message's words, and no other; where they differ, nowhere."""
    alike = [entry for entry in entries if noun_in(entry.thing) == found.noun]
    if found.kind != "count" or found.count > 1 or len(alike) < 2:
        return entries
    where = {(entry.place, entry.relation) for entry in alike}
    one = replace(
        alike[0], thing=" ".join(found.words), color=color_of(" ".join(found.words)) or alike[0].color, count=1
    )
    if len(where) > 1:
        one = replace(one, place=None, shift=None, relation=None, size=None)
    return tuple(one if entry is alike[0] else entry for entry in entries if entry is alike[0] or entry not in alike)


def _lessened(entries: tuple[Entry, ...], found: Finding) -> tuple[Entry, ...]:
    """Of four things that one line names, and a fifth that is one of them, the four as three."""
    alike = [entry for entry in entries if noun_in(entry.thing) == found.noun]
    most = max(alike, key=lambda entry: entry.count, default=None)
    if found.kind != "count" or most is None or len(alike) < 2 or most.count != found.count:
        return entries
    rest = 2 * most.count - sum(entry.count for entry in alike)
    return tuple(replace(entry, count=rest) if entry is most and rest > 0 else entry for entry in entries)


def _parted(entries: tuple[Entry, ...], found: Finding) -> tuple[Entry, ...]:
    """What stood in another entry's words, behind its noun, as an entry beside it."""
    if found.kind != "relation" or not found.said or any(noun_in(entry.thing) == found.noun for entry in entries):
        return entries
    for entry in entries:
        match = re.fullmatch(rf"(.*?) (?:with|and) (?:.* )?{re.escape(found.said[-1])}", entry.thing)
        if noun_in(entry.thing) == found.words[-1] and match is not None and len(entries) < MOST_ENTRIES:
            own = " ".join((*found.said[:-1], found.noun))
            near = Relation(found.how, (match[1],))
            alone = replace(entry, thing=match[1])
            return (*(alone if each is entry else each for each in entries), Entry(own, found.count, relation=near))
    return entries


def _freed(entries: tuple[Entry, ...], found: Finding) -> tuple[Entry, ...]:
    """What another thing is to stand by no longer stands by that one itself, nor at the edge where that has no room."""
    if found.kind != "relation":
        return entries

    def freed(entry: Entry) -> Entry:
        stands_by = entry.relation is not None and found.noun in map(noun_in, entry.relation.targets)
        alone = replace(entry, relation=None) if stands_by else entry
        return replace(alone, place=None, shift=None) if alone.place == _SIDES.get(found.how, "") else alone

    return tuple(freed(entry) if noun_in(entry.thing) == found.words[-1] else entry for entry in entries)


def _mended(entry: Entry, found: Finding, entries: Sequence[Entry]) -> Entry:
    """The entry, changed where the finding is about it, or about a thing that it stands by."""
    if found.kind == "strange" and found.words:
        entry = replace(entry, relation=_renamed(entry.relation, found))
    if found.kind == "missing" and found.how and noun_in(entry.thing) == singular(found.how.split()[-1]):
        return replace(entry, thing=f"{' '.join(found.words)} of {found.how}", count=1)
    alike = [each for each in entries if noun_in(each.thing) == found.noun]
    if entry not in alike or not found.words or (found.kind != "strange" and len(alike) > 1):
        return entry
    if found.kind == "strange":
        own = [word for word in entry.thing.split()[:-1] if word in found.said]
        return replace(entry, thing=" ".join(dict.fromkeys((*own, *found.words))))
    if found.kind == "count" and found.count <= MOST_OF_A_THING:
        *own, noun = entry.thing.split()
        own = [word for word in own if not word[0].isdigit()]
        return replace(entry, thing=" ".join((*own, singular(noun))), count=found.count)
    color = color_of(" ".join(found.words))
    if found.kind == "color" and color is not None:
        said = color_of(unnamed(entry.thing))
        thing = (
            recolored(entry.thing, said, color, named_as_color(entry.thing))
            if said
            else f"{' '.join(found.words[:-1])} {entry.thing}"
        )
        return replace(entry, thing=thing, color=color)
    return _put(entry, found, entries)


def _put(entry: Entry, found: Finding, entries: Sequence[Entry]) -> Entry:
    """The entry where the message puts it, if that is what was found."""
    if found.kind == "place":
        is_deep = entry.relation is not None and entry.relation.kind in _DEEP
        return replace(entry, place=found.how, shift=None, relation=entry.relation if is_deep else None)
    if found.kind == "depth":
        return replace(entry, depth=found.how)
    if found.kind == "relation":
        nouns = found.words if found.how == "between" else found.words[-1:]
        targets = tuple(each.thing for noun in nouns for each in entries if noun_in(each.thing) == noun)
        relation = Relation(found.how, targets)
        if found.how in _DEEP and entry.place is not None:
            return replace(entry, depth=None, relation=relation)
        return replace(entry, place=None, shift=None, depth=None, relation=relation)
    return entry


def _having_none(entry: Entry, gone: set[str]) -> Entry:
    """The entry without "with a hat" where there is to be none."""
    words = entry.thing
    for noun in gone:
        words = re.sub(rf" (?:with|wearing|holding) (?:an? |the )?{re.escape(noun)}s?$", "", words)
    return replace(entry, thing=words)


def _beside_none(entry: Entry, unseen: set[str]) -> Entry:
    """The entry without a relation to what is no thing: "left of frame" is on the left."""
    if entry.relation is None or not unseen & {noun_in(target) for target in entry.relation.targets}:
        return entry
    return replace(entry, relation=None, place=entry.place or _SIDES.get(entry.relation.kind))


def _renamed(relation: Relation | None, found: Finding) -> Relation | None:
    if relation is None:
        return None
    words = " ".join(found.words)
    return replace(relation, targets=tuple(words if noun_in(each) == found.noun else each for each in relation.targets))
