"""What a message asks for and the canvas after its reply does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from lib_omost.canvas.model import Canvas, Region
from lib_omost.compose.known import known_words
from lib_omost.compose.review.asked import Asked, asked
from lib_omost.compose.review.counts import counted_in_gloss
from lib_omost.compose.review.english import BACKDROPS, VAGUE, can_be_seen, is_said, is_sure, stems, tokens
from lib_omost.compose.review.finding import Finding, noun_of
from lib_omost.compose.review.keeping import kept_regions
from lib_omost.compose.review.named import all_of, changed_together, every_one_of, is_taken_out, one_of_several
from lib_omost.compose.review.places import in_words, is_at, place_behind
from lib_omost.compose.review.standing import BESIDE, BETWEEN, UPON
from lib_omost.compose.review.thing import Named
from lib_omost.compose.review.unseen import is_arrangement, unseen, without_purpose
from lib_omost.compose.words import color_in_words, color_of, says_color, singular

_FAR, _NEAR = 6.5, 3.0  # distances to the viewer: what is far is no nearer, what is near no farther
# With one of these a message means more, or other things than it names.
_REST = """
it its that this these those one ones them they him her he she other others rest all everything everyone only except but
keep stay stays else instead background scene undo back another new also anything nothing first last second thing things
"""
_OTHERS = frozenset(_REST.split())
_NUMBERS = {
    2: "two|pair|couple|both",
    3: "three|trio",
    4: "four",
    5: "five",
    6: "six",
    7: "seven",
    8: "eight",
    9: "nine",
}


def review(message: str, before: Canvas | None, after: Canvas, *, is_quoted: bool = True) -> tuple[Finding, ...]:
    """What is not as asked in the canvas after a message; `before` is the one that the message was to change.

    Nothing where the message is not English for certain. `is_quoted`: things were to have words of the message.
    """
    said = asked(message, refers=is_quoted and before is None)
    if said is None:
        return tuple(_counted_otherwise(message, after)) if before is None else ()
    words = tokens(message)
    said = replace(said, things=tuple(thing for thing in said.things if not is_arrangement(words, thing.noun)))
    if before is not None:
        said = replace(said, things=tuple(_staying(message, said, before)))
    found = [*_missing(said, after), *_wrong(said, after, before)]
    if is_quoted:
        strange = list(_strange(message, said, before, after))
        told = {each.words[-1] for each in strange if each.words}
        found = [*strange, *(each for each in found if each.kind != "missing" or each.noun not in told)]
        if before is None:
            found += _cut_short(said, after)
            found += [*_only_in_scene(said, after), *unseen(message, after), *_scene_unsaid(message, said, after)]
    if before is not None:
        found += [*_others(message, before, after), *_kept(message, before, after)]
        found += _left_as_it_was(message, before, after)
        found += _some_of_all(message, before, after)
    return tuple(dict.fromkeys(found))


def words_said(message: str, canvas: Canvas, besides: frozenset[str] = frozenset()) -> int:
    """How many words of a message, of those that may name something and are not `besides`, are in a canvas."""
    said, texts = asked(without_purpose(message)), stems(_texts(canvas))
    return 0 if said is None else sum(is_said(word, texts) for word in said.words if singular(word) not in besides)


def _staying(message: str, said: Asked, before: Canvas) -> Iterator[Named]:
    """The things of a message but those that were there and that it says to take out."""
    words, texts = tokens(message), stems(_texts(before))
    for thing in said.things:
        if not (all(is_said(word, texts) for word in thing.words) and is_taken_out(words, thing.start)):
            yield thing


def _missing(said: Asked, after: Canvas) -> Iterator[Finding]:
    """Things of which no word is anywhere."""
    texts = stems(_texts(after))
    nouns = {noun_of(region) for region in after.regions}
    for thing in said.things:
        others = {word for other in said.things if other != thing for word in other.words}
        parts = {word for other in said.things for word in other.words[:-1]}
        is_part = singular(thing.noun) in parts and singular(thing.noun) not in nouns  # of "a cassowary farm"
        if is_part or not any(is_said(word, texts) for word in thing.words if word == thing.noun or word not in others):
            rest = dict(said.holding).get(thing, ())
            yield Finding("missing", f"the {thing} is missing", f"added the {thing}", *_of(thing), " ".join(rest))
    for thing in said.standing:
        if not is_said(thing.noun, texts):
            yield Finding("missing", f"the {thing} is missing", f"added the {thing}", *_of(thing))
    for ground in said.grounds:
        if not is_said(ground.noun, texts):
            yield Finding("missing", f"the {ground} is missing", f"added the {ground}", *_of(ground))


def _only_in_scene(said: Asked, after: Canvas) -> Iterator[Finding]:
    """Things that have a place, or stand somehow to another, and are named by what is everywhere alone."""
    whole, regions = stems(_texts(replace(after, regions=()))), stems(_texts(Canvas("", regions=after.regions)))
    placed = [thing for thing, _ in said.places] + [thing for pair in said.between for thing in pair]
    for first, kind, second in said.relations:
        placed += [first, second] if kind not in UPON else []
    placed += [thing for thing, _ in said.depths if thing.noun == singular(thing.noun)]
    for thing in dict.fromkeys(placed):
        if thing.noun not in BACKDROPS and is_said(thing.noun, whole) and not is_said(thing.noun, regions):
            yield Finding("missing", f"the {thing} is missing", f"added the {thing}", *_of(thing))


def _scene_unsaid(message: str, said: Asked, after: Canvas) -> Iterator[Finding]:
    """Where things are, "in the attic", of which no text of the canvas has a word."""
    texts = stems(_texts(after))
    for words in said.scenes:
        if not is_said(words[-1], texts):
            where = " ".join(words)
            yield Finding(
                "scene",
                f"the {where} is missing",
                f"made the scene the {where}",
                words[-1],
                words,
                said=tuple(tokens(message)),
            )


def _strange(message: str, said: Asked, before: Canvas | None, after: Canvas) -> Iterator[Finding]:
    """Things of which no word is in the message, where words of the message are in no thing.

    As many things, or words, as are missing: they stand for those, in their order.
    """
    texts, words = stems(_texts(after)), tokens(message)
    unsaid = [(word,) for word in said.words if not is_said(word, texts)]
    kept = set() if before is None else set(map(noun_of, before.regions))
    new = [region for region in after.regions if noun_of(region) not in kept]
    strange = {noun_of(region): None for region in new if not any(is_said(w, stems(words)) for w in _own_words(region))}
    if not unsaid or VAGUE & set(words):
        return
    missing = [found.words for found in _missing(said, after)]
    meant = next((each for each in (missing, unsaid) if len(each) == len(strange)), [()] * len(strange))
    for noun, given in zip(strange, meant, strict=True):
        own = (*given[:-1], *map(singular, given[-1:]))
        mended = f"put the {' '.join(own)} in place of the {noun}" if own else f"left out the {noun}"
        yield Finding("strange", f"the {noun} was not asked for", mended, noun, own, said=tuple(words))


def _cut_short(said: Asked, after: Canvas) -> Iterator[Finding]:
    """Things of which a region has all words but the noun: the hat stand that became a hat."""
    texts, nouns = stems(_texts(after)), [noun_of(region) for region in after.regions]
    own = {singular(thing.noun) for thing in said.things}
    for thing in said.things:
        before = [noun for noun in nouns if noun in thing.words[:-1] and noun not in own]
        if not is_said(thing.noun, texts) and len(before) == 1 and color_of(before[0]) is None:
            noun = before[0]
            lacking, mended = f"the {noun} is no {thing}", f"made the {noun} a {thing}"
            yield Finding("strange", lacking, mended, noun, (*thing.words[:-1], singular(thing.noun)), said=thing.words)


def _counted_otherwise(message: str, after: Canvas) -> Iterator[Finding]:
    """Things that a message that is not surely English counts, as it or its gloss says, and that are one."""
    nouns = [noun_of(region) for region in after.regions]
    for words, number in counted_in_gloss(message):
        meant = {noun for noun in nouns if noun in stems(words)}
        if len(meant) == 1 and nouns.count(noun := meant.pop()) == 1:
            yield Finding("count", f"it has 1 {noun}, not {number}", f"made it {number} {noun}", noun, (noun,), number)


def _wrong(said: Asked, after: Canvas, before: Canvas | None) -> Iterator[Finding]:
    for thing in said.things:
        regions = _regions(thing, after)
        counts = [each.count for each in said.things if singular(each.noun) == singular(thing.noun)]
        counts += [thing.count, len(_regions(thing, before)) if before else 0]
        is_counted = thing.count > 1 or (thing in said.single and before is None)
        right = {thing.count, sum(counts[:-2]), sum(counts[-2:])}
        is_other = regions and len(regions) not in right and not _says_count(regions, thing)
        if is_counted and is_other:
            lacking = f"it has {len(regions)} {thing.noun}, not {thing.count}"
            yield Finding("count", lacking, f"made it {thing.count} {thing.noun}", *_of(thing))
        color = color_of(str(thing))
        if color is not None and len(regions) == 1 and not _is_colored(regions[0], color):
            words = color_in_words(color)
            lacking, mended = f"the {thing.noun} is not {words}", f"made the {thing.noun} {words}"
            yield Finding("color", lacking, mended, *_of(thing))
    for first, kind, second in said.relations:
        one, other = _regions(first, after), _regions(second, after)
        if kind != BESIDE and not one and len(other) == 1 and first.noun in stems(_own_words(other[0])):
            yield _swallowed(first, kind, second)
        is_all = one and other and (len(one), len(other)) == (first.count, second.count)
        if is_all and not all(_stands(a, kind, b) for a in one for b in other):
            lacking = f"the {first.noun} is not {kind} the {second.noun}"
            mended = f"put the {first.noun} {kind} the {second.noun}"
            yield Finding("relation", lacking, mended, singular(first.noun), (singular(second.noun),), how=kind)
    yield from _amid_and_deep(said, after)
    parts = [(thing, where) for thing, part, where in said.by_part if not _regions(part, after)]
    for thing, place in (*said.places, *(each for each in parts if each[1] not in ("near", "far"))):
        regions = _regions(thing, after)
        if len(regions) == thing.count and not all(is_at(region.rect, place) for region in regions):
            where = in_words(place)
            lacking, mended = f"the {thing.noun} is not {where}", f"put the {thing.noun} {where}"
            yield Finding("place", lacking, mended, *_of(thing), how=place)
    for absent in said.absent:
        is_had = before is None and absent not in said.words and any(_has(region, absent) for region in after.regions)
        if is_had or any(noun_of(region) == singular(absent) for region in after.regions):
            yield Finding("absent", f"the {absent} is in it", f"left out the {absent}", singular(absent))


def _amid_and_deep(said: Asked, after: Canvas) -> Iterator[Finding]:
    """Things that are not between the two that they are to be between, and such as are neither near nor far."""
    for first, second, third in said.amid:
        one, *ends = (_regions(thing, after) for thing in (first, second, third))
        if len(one) == 1 and all(len(end) == 1 for end in ends) and not _is_amid(one[0], ends[0][0], ends[1][0]):
            others = singular(second.noun), singular(third.noun)
            where = f"between the {second.noun} and the {third.noun}"
            lacking, mended = f"the {first.noun} is not {where}", f"put the {first.noun} {where}"
            yield Finding("relation", lacking, mended, singular(first.noun), others, how=BETWEEN)
    parts = [(thing, where) for thing, part, where in said.by_part if not _regions(part, after)]
    for thing, depth in (*said.depths, *(each for each in parts if each[1] in ("near", "far"))):
        regions = _regions(thing, after)
        is_so = all(
            region.distance_to_viewer >= _FAR if depth == "far" else region.distance_to_viewer <= _NEAR
            for region in regions
        )
        if len(regions) == thing.count and not is_so:
            where = "far away" if depth == "far" else "near"
            lacking, mended = f"the {thing.noun} is not {where}", f"put the {thing.noun} {where}"
            yield Finding("depth", lacking, mended, *_of(thing), how=depth)


def _is_amid(one: Region, other: Region, another: Region) -> bool:
    """Whether a region's centre is between those of two others, across or down."""
    centres = [((top + bottom), (left + right)) for top, bottom, left, right in (one.rect, other.rect, another.rect)]
    return any(min(second, third) < first < max(second, third) for first, second, third in zip(*centres, strict=True))


def _swallowed(first: Named, kind: str, second: Named) -> Finding:
    """What is said of another thing's region, and has a place beside it: "a jukebox with a fridge on its left"."""
    noun, other = singular(first.noun), singular(second.noun)
    lacking, mended = f"the {first} is no thing of its own", f"put the {first} {kind} the {other}"
    return Finding("relation", lacking, mended, noun, (other,), first.count, kind, first.words)


def _of(thing: Named) -> tuple[str, tuple[str, ...], int]:
    return singular(thing.noun), thing.words, thing.count


def _others(message: str, before: Canvas, after: Canvas) -> Iterator[Finding]:
    """Regions that were changed while the message names other ones."""
    words = tokens(message)
    nouns = [noun_of(region) for region in before.regions]
    every = all_of(words, nouns)
    if {word for place, word in enumerate(words) if place not in every} & _OTHERS:
        return
    one = one_of_several(words, nouns, before.regions)
    if any(words[place - 1] == "the" and _is_unknown(word, before) for place, word in enumerate(words)):
        return  # by another name, one of them may be meant
    named = [n for n, noun in enumerate(nouns, 1) if noun in stems(words) and one.get(noun, n) == n]
    changed = [number for number, region in enumerate(before.regions, 1) if region not in after.regions]
    for number in changed if named else ():
        if number not in named:
            noun = noun_of(before.regions[number - 1])
            which = f"{noun} that was not meant" if noun in one else noun
            lacking, mended = f"the {which} is another, too", f"left the {which} alone"
            yield Finding("other", lacking, mended, noun, numbers=tuple(named))


def _is_unknown(word: str, canvas: Canvas) -> bool:
    """Whether a word names something that a canvas has by no word."""
    return word in known_words().nouns and can_be_seen(word) and not is_said(word, stems(_texts(canvas)))


def _left_as_it_was(message: str, before: Canvas, after: Canvas) -> Iterator[Finding]:
    """Things that are to be moved, coloured or resized with others, and are as they were."""
    together = changed_together(message, [noun_of(region) for region in before.regions])
    if together is None or set(tokens(message)) & _OTHERS or not is_sure(message):
        return
    color, place = color_of(" ".join(together.behind)), place_behind(together.behind)
    for number in together.numbers:
        region = before.regions[number - 1]
        is_so = (color and _is_colored(region, color)) or (place and is_at(region.rect, place))
        if (color or place or together.resizes) and region in after.regions and not is_so:
            noun = noun_of(region)
            lacking, mended = f"the {noun} is as it was", f"changed the {noun}, too"
            yield Finding("unchanged", lacking, mended, noun, numbers=together.numbers)


def _some_of_all(message: str, before: Canvas, after: Canvas) -> Iterator[Finding]:
    """Things that are named together and of which only some were changed: "the firs white"."""
    for noun, numbers in every_one_of(tokens(message), [noun_of(region) for region in before.regions]).items():
        changed = [number for number in numbers if before.regions[number - 1] not in after.regions]
        if 0 < len(changed) < len(numbers):
            lacking, mended = f"not every {noun} was changed", f"changed every {noun}"
            yield Finding("some", lacking, mended, noun, numbers=numbers)


def _kept(message: str, before: Canvas, after: Canvas) -> Iterator[Finding]:
    """What alone was to stay is gone, or something else is there still."""
    nouns = {number: noun_of(region) for number, region in enumerate(before.regions, 1)}
    kept = kept_regions(message, before, nouns)
    if kept and sorted(nouns[number] for number in kept) != sorted(noun_of(region) for region in after.regions):
        named = " and ".join(f"the {nouns[number]}" for number in kept)
        yield Finding("kept", f"not only {named} is left", f"left only {named}", nouns[kept[0]], numbers=kept)


def _texts(canvas: Canvas) -> list[str]:
    parts = [canvas.description, *canvas.detailed_descriptions, canvas.tags, *canvas.absent]
    for region in canvas.regions:
        parts += [region.description, *region.detailed_descriptions, region.tags, region.atmosphere, region.style]
    return parts


def _own_words(region: Region) -> list[str]:
    """What a region is, without its colours."""
    words = re.findall(r"[^\W\d_]+", (region.description or region.tags).lower())
    return [word for word in words if len(word) > 2 and color_of(word) is None] or words


def _regions(thing: Named, canvas: Canvas) -> list[Region]:
    return [region for region in canvas.regions if noun_of(region) == singular(thing.noun)]


def _has(region: Region, thing: str) -> bool:
    """Whether a description says of what it is about that it has or wears such a thing."""
    return (
        re.search(rf"\b(?:with|wearing|holding) (?:an? |the )?{re.escape(thing)}\b", region.description, re.I)
        is not None
    )


def _says_count(regions: list[Region], thing: Named) -> bool:
    if thing.count == 1:
        return False
    number = re.compile(rf"\b(?:{thing.count}|{_NUMBERS[thing.count]})\b", re.I)
    return any(number.search(region.description) for region in regions)


def _is_colored(region: Region, color: str) -> bool:
    last = color_in_words(color).split()[-1]
    return says_color(region.description, color) or color_in_words(region.color_name).split()[-1] == last


def _stands(one: Region, kind: str, other: Region) -> bool:
    (top, bottom, left, right), (other_top, other_bottom, other_left, other_right) = one.rect, other.rect
    across, down = left + right - other_left - other_right, top + bottom - other_top - other_bottom
    x, y = (left + right) / 2, (top + bottom) / 2
    is_within = other_left <= x <= other_right and other_top <= y <= other_bottom
    is_under = other_left <= x <= other_right and down < 0
    depth = one.distance_to_viewer - other.distance_to_viewer
    return {
        "left of": across < 0,
        "right of": across > 0,
        "above": down < 0,
        "below": down > 0,
        "in front of": depth < 0,
        "behind": depth > 0,
        "on": is_within or is_under,
        "in": is_within,
        "beside": True,  # wherever that is
    }[kind]
