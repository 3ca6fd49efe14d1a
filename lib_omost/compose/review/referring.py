"""Things that an English message names again, by "the" or a pronoun, and what it says of them there.

"A cowboy and his horse. The horse is on the left, he is on the right." Who "he" is, is told by the nouns that only men
have, and where none is there, by who begins a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lib_omost.compose.known import known_words
from lib_omost.compose.review.english import BOUNDARIES, CLAUSE_ENDS, MARKS, NUMBERS, UNSEEN, can_be_seen
from lib_omost.compose.review.places import place_behind
from lib_omost.compose.review.standing import Standing, kind_by_pronoun
from lib_omost.compose.review.thing import Named
from lib_omost.compose.words import singular

DEFINITE = frozenset(("the", "his", "her", "its", "their", "my", "our"))
_WOMEN = """
woman girl lady bride queen princess mother mom mum grandma grandmother granny daughter sister aunt wife nun witch
waitress actress hostess ballerina mermaid maid duchess empress goddess heroine stewardess businesswoman ballerina
priestess countess niece girlfriend widow geisha
"""
_MEN = """
man boy gentleman groom king prince father dad grandpa grandfather son brother uncle husband monk wizard waiter actor
policeman fireman fisherman cowboy knight duke emperor god hero priest count nephew boyfriend guy lad snowman
businessman postman santa pirate samurai gladiator
"""
_HE = frozenset(("he", "him"))
_SHE = frozenset(("she", "her"))
_IT = frozenset(("it",))
_OF_WHOM = {
    **dict.fromkeys(_HE, frozenset(_WOMEN.split())),
    **dict.fromkeys(_SHE, frozenset(_MEN.split())),
}
_SURELY = {**dict.fromkeys(_HE, frozenset(_MEN.split())), **dict.fromkeys(_SHE, frozenset(_WOMEN.split()))}
_WHOSE = {"his": "he", "her": "she", "its": "it"}
_PEOPLE = frozenset(_WOMEN.split()) | frozenset(_MEN.split())
_SUBJECTS = ("he", "she", "it")
_STARTS = ("and", "while", "whereas", "but")


def mentions(said: Sequence[str], things: Sequence[Named]) -> tuple[Named, ...]:
    """All things with those that have "the" or "his" before them, and people; known ones have their count."""
    taken = {place for thing in things for place in range(thing.start, thing.end)}
    counts = {singular(thing.noun): thing.count for thing in things}
    found = list(things)
    for place, word in enumerate(said):
        if word in DEFINITE and place not in taken:
            words = _own_words(said, place + 1)
            if words and can_be_seen(words[-1]) and not set(words) & UNSEEN:
                noun = singular(words[-1])
                count = counts.get(noun, 1) if noun == words[-1] or noun in counts else 0
                if count:
                    found.append(Named(words, count, place, place + 1 + len(words)))
                    taken.update(range(place, place + 1 + len(words)))
        elif word in _PEOPLE and place not in taken:  # "grandpa and grandma on a bench"
            found.append(Named((word,), 1, place, place + 1))
    return tuple(sorted(found, key=lambda thing: thing.start))


def places_of(said: Sequence[str], named: Sequence[Named]) -> Iterator[tuple[Named, str]]:
    """Things named by "the" at the start of a clause, or by a pronoun there, with the place that is behind them."""
    starts = {thing.start: thing for thing in named}
    for place, word in enumerate(said):
        if place > 0 and said[place - 1] not in MARKS and said[place - 1] not in _STARTS:
            continue
        thing = starts.get(place)
        if thing is not None and word in DEFINITE:
            where = place_behind(said[thing.end :])
        elif word.removesuffix("'s") in _SUBJECTS:
            thing, where = who(said, place, named), place_behind(_behind_standing(said, place + 1))
        else:
            continue
        if thing is not None and where is not None:
            yield thing, where


def _behind_standing(said: Sequence[str], start: int) -> Sequence[str]:
    """The words from `start` without "is behind her ," and the like."""
    for place in range(start, min(len(said), start + 7)):
        if said[place] in CLAUSE_ENDS:
            break
        if said[place] == "," and said[place - 1] in (*_HE, *_SHE, *_IT, "them"):
            return said[place + 1 :]
    return said[start:]


def standings_by_pronoun(said: Sequence[str], named: Sequence[Named]) -> Iterator[Standing]:
    """'To the right of him stands a crate', 'a boat lies on the right of it', of what the sentence before tells."""
    for place, word in enumerate(said):
        side = said[place + 1] if word in _WHOSE and said[place + 1 : place + 2] else ""
        if side in ("left", "right") and said[place - 1] in ("to", "on", "at"):
            found: tuple[str, int] | None = (f"{side} of", place - 1)
            end = place + 1
        elif word in _HE | _SHE | _IT:
            found, end = kind_by_pronoun(said[:place]), place
        else:
            continue
        first = _subject(said, found[1], end, named) if found else None
        other = who(said, place, [thing for thing in named if first is None or thing.noun != first.noun])
        if found is not None and first is not None and other is not None:
            yield first, found[0], other


def between_them(said: Sequence[str], named: Sequence[Named]) -> Iterator[tuple[Named, Named, Named]]:
    """A thing and the two between which it is: "a chest lies between them", "between them a chest"."""
    for place in range(len(said) - 1):
        if said[place] != "between" or said[place + 1] not in ("them", "the"):
            continue
        if said[place + 1] == "the" and said[place + 2 : place + 3] != ["two"]:
            continue
        behind = place + 2 + (said[place + 1] == "the")
        first = _subject(said, place, behind - 1, named)
        if first is None:
            continue
        others = [thing for thing in named if thing.end <= min(place, first.start) and thing.noun != first.noun]
        nouns = list(dict.fromkeys(thing.noun for thing in reversed(others)))[:2]
        if len(nouns) == 2:
            one, other = (next(thing for thing in others if thing.noun == noun) for noun in nouns)
            yield first, other, one


def who(said: Sequence[str], place: int, named: Sequence[Named]) -> Named | None:
    """What the pronoun at `place` stands for."""
    word = _WHOSE.get(said[place], said[place].removesuffix("'s"))
    before = [thing for thing in named if thing.end <= place and thing.count == 1]
    if word in _IT:
        before = [thing for thing in before if singular(thing.noun) not in _PEOPLE]
        start = _sentence(said, place)
        own = [thing for thing in before if thing.start >= start]
        earlier = [thing for thing in before if thing.start < start]
        if own and place > start and said[place - 1] not in MARKS and earlier and own[0].start > start + 2:
            own = []
        last = _sentence(said, start - 1) if earlier else 0
        return next(iter(own), None) or next((thing for thing in earlier if thing.start >= last), None)
    known = [thing for thing in before if singular(thing.noun) in _SURELY[word]]
    if known:
        own = [thing for thing in known if said[thing.start] not in ("his", "her")]
        return (_subjects(said, own) or own or known)[-1]
    maybe = [thing for thing in before if singular(thing.noun) not in _OF_WHOM[word]]
    return next(reversed(_subjects(said, maybe)), None) or next(iter(maybe), None)


def _subjects(said: Sequence[str], things: Sequence[Named]) -> list[Named]:
    """Those that begin a sentence."""
    return [thing for thing in things if thing.start == 0 or said[thing.start - 1] in CLAUSE_ENDS]


def _subject(said: Sequence[str], start: int, end: int, named: Sequence[Named]) -> Named | None:
    """The thing of which something is said from `start` to `end`: right behind, at a clause's start, or before."""
    begins = start == 0 or said[start - 1] in MARKS or said[start - 1] in _STARTS
    if begins:
        behind = next((thing for thing in named if thing.start > end), None)
        gap = said[end + 1 : behind.start] if behind else ()
        is_near = behind is not None and len(gap) <= 3 and not CLAUSE_ENDS & set(gap)
        return behind if is_near else None
    clause = max((at + 1 for at in range(start) if said[at] in CLAUSE_ENDS), default=0)
    before = [thing for thing in named if clause <= thing.start and thing.end <= start]
    return before[-1] if before else None


def _sentence(said: Sequence[str], place: int) -> int:
    """Where the sentence of a word begins."""
    return max((at + 1 for at in range(max(0, place)) if said[at] in CLAUSE_ENDS), default=0)


def _own_words(said: Sequence[str], start: int) -> tuple[str, ...]:
    words: list[str] = []
    for place in range(start, min(len(said), start + 4)):
        word = said[place]
        is_end = word in BOUNDARIES or word in MARKS or word in NUMBERS
        if is_end or (word in ("left", "right") and said[place + 1 : place + 2] == ["of"]):
            break
        if words and word not in known_words().nouns and words[-1] in known_words().nouns:
            break  # a verb behind a noun: "the ship sails"
        words.append(word)
    return tuple(words)
