"""How near the viewer an English message puts a thing: "in the foreground a dog", "a castle far in the background"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lib_omost.compose.known import known_words
from lib_omost.compose.review.english import CLAUSE_ENDS, MARKS, can_be_seen
from lib_omost.compose.review.thing import Named
from lib_omost.compose.words import singular

_FAR = "(?:(?:far |way )?in the (?:far |very )?(?:background|distance)|far away|on the horizon|in the back)"
_NEAR = "(?:(?:right )?in the (?:very |immediate )?foreground|close to the viewer|up front|in the front)"
_DEPTH = f"(?:(?P<far>{_FAR})|(?P<near>{_NEAR}))"
_BEHIND = re.compile(f"(?:,? ?(?:is|are|stands?|sits?|lies|rises) )?{_DEPTH}(?= [.,;!?]| and| on | at | to |$)")
_SIDE = "(?: ?,?(?: on| at| to) the (?:left|right)(?: side)?)?"
_BEFORE = re.compile(f"{_DEPTH}{_SIDE}(?: ,)?(?: there is| there are| stands?| is| are| sits?| lies?| we see| rises?)?")


def bare_things(said: Sequence[str], things: Sequence[Named]) -> Iterator[Named]:
    """Things without an article that are a clause with such words: "Castle in the back.", "In the distance, hills"."""
    taken = {place for thing in things for place in range(thing.start, thing.end)}
    nouns = known_words().nouns
    for place, word in enumerate(said):
        is_noun = singular(word) in nouns and can_be_seen(word) and place not in taken
        if not is_noun:
            continue
        start = max((at + 1 for at in range(place) if said[at] in MARKS or said[at] == "and"), default=0)
        clause = max((at + 1 for at in range(place) if said[at] in CLAUSE_ENDS), default=0)
        is_alone = said[place + 1 : place + 2] == [] or said[place + 1] in MARKS
        begins = start == place and _BEHIND.match(" ".join(said[place + 1 :]))
        if begins or (is_alone and any(_BEFORE.fullmatch(" ".join(said[at:place])) for at in {start, clause})):
            yield Named((word,), 1, place, place + 1)


def depths_of(said: Sequence[str], named: Sequence[Named]) -> Iterator[tuple[Named, str]]:
    """Things that have such words right behind them, or right before them from the beginning of their clause."""
    for thing in named:
        start = max((at + 1 for at in range(thing.start) if said[at] in CLAUSE_ENDS or said[at] == "and"), default=0)
        comma = max((at + 1 for at in range(start, thing.start) if said[at] == ","), default=start)
        behind = _BEHIND.match(" ".join(said[thing.end :]))
        before = [_BEFORE.fullmatch(" ".join(said[at : thing.start])) for at in {start, comma}]
        match = behind or next(filter(None, before), None)
        if match is not None:
            yield thing, "far" if match["far"] else "near"
