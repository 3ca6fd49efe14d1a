"""What an English message asks for, as far as that is sure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lib_omost.compose.known import known_words
from lib_omost.compose.review.depths import bare_things, depths_of
from lib_omost.compose.review.english import (
    BACKDROPS,
    BOUNDARIES,
    CLAUSE_ENDS,
    MARKS,
    NEGATIONS,
    NUMBERS,
    UNSEEN,
    can_be_seen,
    is_sure,
    tokens,
)
from lib_omost.compose.review.places import place_before, place_behind
from lib_omost.compose.review.referring import DEFINITE, between_them, mentions, places_of, standings_by_pronoun
from lib_omost.compose.review.standing import UPON, Standing, between, standings
from lib_omost.compose.review.thing import Named
from lib_omost.compose.review.thing_at import SIZES, thing_at
from lib_omost.compose.words import color_of, singular

_HANGING = [
    "with",
    "of",
    "on",
    "in",
    "at",
    "by",
    "under",
    "over",
    "behind",
    "beside",
    "near",
    "inside",
    "above",
    "below",
    "to",
    "from",
    "holding",
    "wearing",
]
_NO_LONGER = ("but", "and", "next", "beside")  # a negation does not reach beyond them
# With one of these a thing that is one may stand in several places.
_FOR_EACH = frozenset(("each", "every", "both", "either", "all", "per", "many", "several", "everywhere", "rows"))
_SIDES = ({"left", "right"}, {"top", "bottom", "upper", "lower"})
_STANDS = ("stands", "sits", "lies", "hangs")
_PRO_FORMS = ("former", "latter", "second", "third", "fourth", "ones", "two", "three", "four")
_OVER = frozenset(("over", "on", "above", "against", "under", "before", "across"))
_LIGHT = frozenset(["sun", "shade", "dark", "air", "wind", "light", "moonlight", "sunlight", "sunshine"])  # no scenes
_GROUNDS = frozenset(
    ["ground", "floor", "grass", "sand", "snow", "sky", "soil", "earth", "water", "lawn", "field", "meadow", "sea"]
)


@dataclass(frozen=True)
class Asked:
    """`words` are all that may name something seen. A relation is a thing, how it stands, and the other thing.

    A place is a thing and where in the picture it is. `grounds` are what lies behind or below things without an
    article: "a kite over green ground". `between` are things that stand between two of a kind, `single` those that are
    one and no more, `standing` those of which is said as of known ones where they stand, `holding` those of which is
    said what they are of: "a vase of tulips". `amid` are things between two others, `depths` those that are near or
    far, `by_part` places and depths said behind what a thing has, which are its own where that is no thing by itself,
    `scenes` what things are in or at, "the attic".
    """

    things: tuple[Named, ...]
    words: tuple[str, ...]
    relations: tuple[Standing, ...]
    absent: tuple[str, ...]
    places: tuple[tuple[Named, str], ...] = ()
    grounds: tuple[Named, ...] = ()
    between: tuple[tuple[Named, Named], ...] = ()
    single: tuple[Named, ...] = ()
    standing: tuple[Named, ...] = ()
    holding: tuple[tuple[Named, tuple[str, ...]], ...] = ()
    amid: tuple[tuple[Named, Named, Named], ...] = ()
    depths: tuple[tuple[Named, str], ...] = ()
    by_part: tuple[tuple[Named, Named, str], ...] = ()
    scenes: tuple[tuple[str, ...], ...] = ()


def asked(message: str, *, refers: bool = False) -> Asked | None:
    """None when nothing is sure. `refers`: what is said of things that are named by "the" or pronouns counts, too."""
    if not is_sure(message):
        return None
    said = tokens(message)
    negated = _negated(said)
    things = [
        thing
        for place in range(len(said))
        if not negated[place] and (thing := thing_at(said, place)) and not set(thing.words) & UNSEEN
    ]
    words = dict.fromkeys(word for word, is_not in zip(said, negated, strict=True) if not is_not and can_be_seen(word))
    found = Asked(
        tuple(things),
        tuple(words),
        tuple(standings(said, things)),
        tuple(_absent(said)),
        (*_places(said, things), *_places_told_later(said, things)),
        tuple(_grounds(said)),
        tuple(between(said, things)),
        tuple(_single(said, things)),
        tuple(_standing(said)),
        tuple((thing, rest) for thing in things if (rest := _rest_of(said, thing))),
    )
    return _with_referring(found, said, [not each for each in negated]) if refers else found


def _with_referring(found: Asked, said: list[str], is_told: list[bool]) -> Asked:
    """What is asked together with what is said of things by "the" and by pronouns."""
    found = replace(found, things=(*found.things, *bare_things(said, found.things)))
    named = [thing for thing in mentions(said, found.things) if is_told[thing.start]]
    relations = [*found.relations, *standings(said, named), *standings_by_pronoun(said, named)]
    known = {singular(thing.noun) for thing in found.things}
    places = tuple(places_of(said, named))
    known_as = [thing for first, kind, second in relations if kind not in UPON for thing in (first, second)]
    other = [
        thing
        for thing in (*known_as, *(thing for thing, _ in places))
        if said[thing.start] in DEFINITE and thing.noun not in BACKDROPS | _GROUNDS
    ]
    return replace(
        found,
        relations=tuple(_once(relations)),
        places=(*found.places, *places),
        standing=(*found.standing, *(thing for thing in other if singular(thing.noun) not in known)),
        amid=tuple(between_them(said, named)),
        depths=tuple(depths_of(said, named)),
        by_part=tuple(_by_part(said, named)),
        scenes=tuple(_scenes(said, is_told)),
    )


def _scenes(said: list[str], is_told: list[bool]) -> Iterator[tuple[str, ...]]:
    """'a typewriter in the dusty attic' → dusty attic"""
    for place in range(1, len(said) - 2):
        if said[place] in ("in", "at", "inside") and said[place + 1] == "the" and is_told[place]:
            words = tuple(itertools.takewhile(lambda word: word not in BOUNDARIES | MARKS, said[place + 2 : place + 6]))
            is_noun = words and words[-1] in known_words().nouns - _LIGHT and can_be_seen(words[-1])
            if is_noun and said[place + 2 + len(words) : place + 3 + len(words)] not in (["of"], ["and"]):
                yield words


def _by_part(said: list[str], named: Sequence[Named]) -> Iterator[tuple[Named, Named, str]]:
    """'a pirate with an eye patch in the foreground' → pirate, eye patch, near"""
    for thing in named:
        if said[thing.end : thing.end + 1] and said[thing.end] in ("with", "wearing", "holding", "carrying", "in"):
            start = thing.end + 1 + (said[thing.end + 1 : thing.end + 2] in (["a"], ["an"], ["the"], ["his"], ["her"]))
            words = tuple(itertools.takewhile(lambda word: word not in BOUNDARIES | MARKS, said[start : start + 4]))
            part = Named(words, 1, start, start + len(words))
            depth = next(depths_of(said, (part,)), (part, ""))[1]
            where = place_behind(said[part.end :])
            yield from ((thing, part, each) for each in (where, depth) if each and words and words[-1] not in UNSEEN)


def _once(relations: list[Standing]) -> Iterator[Standing]:
    """Each relation of two nouns once, and none that contradicts the one before it."""
    nouns: set[tuple[str, str]] = set()
    for first, kind, second in relations:
        pair = singular(first.noun), singular(second.noun)
        if pair not in nouns and pair[0] != pair[1]:
            nouns.add(pair)
            yield first, kind, second


def _negated(said: list[str]) -> list[bool]:
    """Which words stand behind a negation, to the end of its clause."""
    negated, now = [], False
    for word in said:
        now = word in NEGATIONS or (now and word not in MARKS and word not in _NO_LONGER)
        negated.append(now)
    return negated


def _places(said: list[str], things: list[Named]) -> Iterator[tuple[Named, str]]:
    """Things that are one, and have a place behind them or before them in their clause."""
    for thing in things:
        if _is_of_another(said, thing):
            continue
        start = max((at + 1 for at in range(thing.start) if said[at] in CLAUSE_ENDS or said[at] == "and"), default=0)
        comma = max((at + 1 for at in range(start, thing.start) if said[at] == ","), default=start)
        before = [place_before(said[at : thing.start]) for at in {start, comma}]
        place = place_behind(said[thing.end :]) or next(filter(None, before), None)
        if place is not None and (thing.count == 1 or _is_all_there(said, thing, start)):
            yield thing, place


def _is_all_there(said: list[str], thing: Named, start: int) -> bool:
    """Whether the clause of several things names no second place, which some of them may have."""
    end = next((at for at in range(thing.end, len(said)) if said[at] in CLAUSE_ENDS), len(said))
    clause = set(said[start:end])
    return not clause & _FOR_EACH and all(len(clause & sides) <= 1 for sides in _SIDES)


def _places_told_later(said: list[str], things: list[Named]) -> Iterator[tuple[Named, str]]:
    """Things that are named once more to say where they are: "a car beside a hydrant, the hydrant on the left"."""
    nouns = [thing.noun for thing in things]
    inside = {place for thing in things for place in range(thing.start, thing.end)}
    for thing in things:
        if thing.count > 1 or nouns.count(thing.noun) > 1:
            continue
        for place in range(thing.end, len(said)):
            before = said[place - 2 : place] if said[place - 1] == "the" else said[place - 1 : place]
            if said[place] == thing.noun and place not in inside and before[0] in {*MARKS, "and", "with"}:
                where = place_behind(said[place + 1 :])
                if where is not None:
                    yield thing, where


def _grounds(said: list[str]) -> Iterator[Named]:
    """Grounds and skies in a colour and without an article, right behind a preposition."""
    for place, word in enumerate(said):
        start = place + 2 if said[place + 1 : place + 2] == ["the"] else place + 1
        end = next((end for end in range(start + 1, min(start + 3, len(said))) if said[end] in _GROUNDS), None)
        if word in _OVER and end is not None and said[start] not in NUMBERS and color_of(" ".join(said[start:end])):
            yield Named(tuple(said[start : end + 1]), 1, start, end + 1)


def _is_of_another(said: list[str], thing: Named) -> bool:
    """Whether a thing hangs on the one before it, whose place is then said: "a chair with a cat on the left"."""
    before = said[max(0, thing.start - 2) : thing.start]
    return bool(before) and before[-1] in _HANGING and not (len(before) > 1 and before[0] in UNSEEN)


def _single(said: list[str], things: list[Named]) -> Iterator[Named]:
    """Things with an article that are named once, where nothing is said of each of several."""
    nouns = [singular(word) for word in said]
    for thing in things:
        is_once = thing.count == 1 and nouns.count(singular(thing.noun)) == 1
        if is_once and not _FOR_EACH & set(said) and not _is_second_look(said, thing):
            yield thing


def _is_second_look(said: list[str], thing: Named) -> bool:
    """Whether a thing may be two by how they look: the kayak of "a yellow and a purple kayak"."""
    before = said[max(0, thing.start - 3) : thing.start]
    is_joined = len(before) > 2 and before[0] in NUMBERS and before[2] in ("and", "or", ",")
    return is_joined and (color_of(before[1]) is not None or before[1] not in known_words().nouns - SIZES)


def _standing(said: list[str]) -> Iterator[Named]:
    """'between them stands the chessboard', 'the chessboard stands between them' → chessboard"""
    for place, word in enumerate(said):
        words = list(itertools.takewhile(lambda each: each not in BOUNDARIES | MARKS, said[place + 1 : place + 4]))
        end = place + 1 + len(words)
        is_standing = said[end : end + 1] and said[end] in _STANDS
        if word == "the" and words and is_standing and can_be_seen(words[-1]) and words[-1] not in _PRO_FORMS:
            yield Named(tuple(words), 1, place, end)


def _rest_of(said: list[str], thing: Named) -> tuple[str, ...]:
    """What a thing is of: 'a vase of tulips on a shelf' → ('tulips',)."""
    if said[thing.end : thing.end + 1] != ["of"]:
        return ()
    rest = itertools.takewhile(lambda word: word not in BOUNDARIES | MARKS, said[thing.end + 1 :])
    return tuple(rest)


def _absent(said: list[str]) -> list[str]:
    """The noun right behind "no" or "without"."""
    found = []
    for place, word in enumerate(said):
        if word in ("no", "without"):
            rest = [each for each in said[place + 1 : place + 3] if each not in ("a", "an", "any", "the", "single")]
            if rest and can_be_seen(rest[0]) and (len(rest) == 1 or rest[1] in BOUNDARIES | MARKS):
                found.append(rest[0])
    return found
