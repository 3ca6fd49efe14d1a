"""What a message asks for and the canvas after its reply does not have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lib_omost.canvas.model import Canvas, Region
from lib_omost.compose.review.asked import Asked, asked
from lib_omost.compose.review.changed import left_as_it_was, not_kept, others_changed, some_of_all
from lib_omost.compose.review.counts import counted_in_gloss
from lib_omost.compose.review.english import BACKDROPS, VAGUE, is_said, stems, tokens
from lib_omost.compose.review.finding import Finding, noun_of
from lib_omost.compose.review.in_canvas import has, is_colored, own_words, regions_of, says_count, stands_so, texts_of
from lib_omost.compose.review.named import is_taken_out
from lib_omost.compose.review.places import in_words, is_at
from lib_omost.compose.review.standing import BESIDE, BETWEEN, UPON
from lib_omost.compose.review.thing import Named
from lib_omost.compose.review.unseen import is_arrangement, unseen, without_purpose
from lib_omost.compose.words import color_in_words, color_of, singular

_FAR, _NEAR = 6.5, 3.0  # distances to the viewer: what is far is no nearer, what is near no farther


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
        found += [*others_changed(message, before, after), *not_kept(message, before, after)]
        found += left_as_it_was(message, before, after)
        found += some_of_all(message, before, after)
    return tuple(dict.fromkeys(found))


def words_said(message: str, canvas: Canvas, besides: frozenset[str] = frozenset()) -> int:
    """How many words of a message, of those that may name something and are not `besides`, are in a canvas."""
    said, texts = asked(without_purpose(message)), stems(texts_of(canvas))
    return 0 if said is None else sum(is_said(word, texts) for word in said.words if singular(word) not in besides)


def _staying(message: str, said: Asked, before: Canvas) -> Iterator[Named]:
    """The things of a message but those that were there and that it says to take out."""
    words, texts = tokens(message), stems(texts_of(before))
    for thing in said.things:
        if not (all(is_said(word, texts) for word in thing.words) and is_taken_out(words, thing.start)):
            yield thing


def _missing(said: Asked, after: Canvas) -> Iterator[Finding]:
    """Things of which no word is anywhere."""
    texts = stems(texts_of(after))
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
    whole, regions = stems(texts_of(replace(after, regions=()))), stems(texts_of(Canvas("", regions=after.regions)))
    placed = [thing for thing, _ in said.places] + [thing for pair in said.between for thing in pair]
    for first, kind, second in said.relations:
        placed += [first, second] if kind not in UPON else []
    placed += [thing for thing, _ in said.depths if thing.noun == singular(thing.noun)]
    for thing in dict.fromkeys(placed):
        if thing.noun not in BACKDROPS and is_said(thing.noun, whole) and not is_said(thing.noun, regions):
            yield Finding("missing", f"the {thing} is missing", f"added the {thing}", *_of(thing))


def _scene_unsaid(message: str, said: Asked, after: Canvas) -> Iterator[Finding]:
    """Where things are, "in the attic", of which no text of the canvas has a word."""
    texts = stems(texts_of(after))
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
    texts, words = stems(texts_of(after)), tokens(message)
    unsaid = [(word,) for word in said.words if not is_said(word, texts)]
    kept = set() if before is None else set(map(noun_of, before.regions))
    new = [region for region in after.regions if noun_of(region) not in kept]
    strange = {noun_of(region): None for region in new if not any(is_said(w, stems(words)) for w in own_words(region))}
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
    texts, nouns = stems(texts_of(after)), [noun_of(region) for region in after.regions]
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
        regions = regions_of(thing, after)
        counts = [each.count for each in said.things if singular(each.noun) == singular(thing.noun)]
        counts += [thing.count, len(regions_of(thing, before)) if before else 0]
        is_counted = thing.count > 1 or (thing in said.single and before is None)
        right = {thing.count, sum(counts[:-2]), sum(counts[-2:])}
        is_other = regions and len(regions) not in right and not says_count(regions, thing)
        if is_counted and is_other:
            lacking = f"it has {len(regions)} {thing.noun}, not {thing.count}"
            yield Finding("count", lacking, f"made it {thing.count} {thing.noun}", *_of(thing))
        color = color_of(str(thing))
        if color is not None and len(regions) == 1 and not is_colored(regions[0], color):
            words = color_in_words(color)
            lacking, mended = f"the {thing.noun} is not {words}", f"made the {thing.noun} {words}"
            yield Finding("color", lacking, mended, *_of(thing))
    for first, kind, second in said.relations:
        one, other = regions_of(first, after), regions_of(second, after)
        if kind != BESIDE and not one and len(other) == 1 and first.noun in stems(own_words(other[0])):
            yield _swallowed(first, kind, second)
        is_all = one and other and (len(one), len(other)) == (first.count, second.count)
        if is_all and not all(stands_so(a, kind, b) for a in one for b in other):
            lacking = f"the {first.noun} is not {kind} the {second.noun}"
            mended = f"put the {first.noun} {kind} the {second.noun}"
            yield Finding("relation", lacking, mended, singular(first.noun), (singular(second.noun),), how=kind)
    yield from _amid_and_deep(said, after)
    parts = [(thing, where) for thing, part, where in said.by_part if not regions_of(part, after)]
    for thing, place in (*said.places, *(each for each in parts if each[1] not in ("near", "far"))):
        regions = regions_of(thing, after)
        if len(regions) == thing.count and not all(is_at(region.rect, place) for region in regions):
            where = in_words(place)
            lacking, mended = f"the {thing.noun} is not {where}", f"put the {thing.noun} {where}"
            yield Finding("place", lacking, mended, *_of(thing), how=place)
    for absent in said.absent:
        is_had = before is None and absent not in said.words and any(has(region, absent) for region in after.regions)
        if is_had or any(noun_of(region) == singular(absent) for region in after.regions):
            yield Finding("absent", f"the {absent} is in it", f"left out the {absent}", singular(absent))


def _amid_and_deep(said: Asked, after: Canvas) -> Iterator[Finding]:
    """Things that are not between the two that they are to be between, and such as are neither near nor far."""
    for first, second, third in said.amid:
        one, *ends = (regions_of(thing, after) for thing in (first, second, third))
        if len(one) == 1 and all(len(end) == 1 for end in ends) and not _is_amid(one[0], ends[0][0], ends[1][0]):
            others = singular(second.noun), singular(third.noun)
            where = f"between the {second.noun} and the {third.noun}"
            lacking, mended = f"the {first.noun} is not {where}", f"put the {first.noun} {where}"
            yield Finding("relation", lacking, mended, singular(first.noun), others, how=BETWEEN)
    parts = [(thing, where) for thing, part, where in said.by_part if not regions_of(part, after)]
    for thing, depth in (*said.depths, *(each for each in parts if each[1] in ("near", "far"))):
        regions = regions_of(thing, after)
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
