"""How the things of an English message stand to each other, as far as that is sure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from lib_omost.compose.review.thing import Named
from lib_omost.compose.words import singular

BETWEEN, BESIDE = "between", "beside"
_FLOATS = ("hangs", "hanging", "floats", "floating", "flies", "flying", "hovers", "hovering")
# What stands between two things; "over" and "on" mean too much else.
_RELATIONS = {
    **{f"{start}{side} of": f"{side} of" for side in ("left", "right") for start in ("", "to the ", "on the ")},
    **{"next to": BESIDE, "beside": BESIDE},
    **{"above": "above", "below": "below", "under": "below", "underneath": "below", "beneath": "below"},
    **{f"{start}{side} side of": f"{side} of" for side in ("left", "right") for start in ("to the ", "on the ")},
    **{f"{start}{verb} over": "above" for verb in _FLOATS for start in ("", "that ", "which ")},
    **{"in front of": "in front of", "behind": "behind", "on top of": "above", "atop": "above"},
}
_SHARED = ("below", "in front of", "behind")  # "a horse and a bird above a tree" may mean the bird alone
_STANDS = (
    "(?:(?:that |which |who )?(?:is|are|stands?|sits?|lies|hangs|rests|perches|waits|standing|sitting|lying|hanging"
    "|floating|flying|perched|parked|placed|resting|waiting|leaning|sleeping) )?(?:right |just |directly )?"
)
_KINDS = "|".join(sorted(_RELATIONS, key=len, reverse=True))
_IT = "(?:it|him|her|them|that|this)"
_ITS = "(?:its|his|her|their)"
_SIDE = f"(?:to|on|at) {_ITS} (?P<side>left|right)(?:-hand)?(?: side)?"
# Weaker: it says what a thing is before, wears or is of as well, so it counts between two things that both are there.
_UPON = re.compile(f"(?:[a-z]+ing |{_STANDS})(?P<kind>on|in)")
UPON = ("on", "in")
_NOT_UPON = frozenset(("wall", "ceiling", "window", "screen", "hat", "dress", "coat", "suit", "background"))
# "A flag with a lion on it" is one thing.
_SHOWS_UPON = frozenset(
    [
        *("flag", "banner", "shirt", "t-shirt", "sweater", "hat", "cap", "mug", "cup", "poster", "card", "sign", "map"),
        *(
            "shield",
            "plate",
            "vase",
            "bag",
            "box",
            "dress",
            "coat",
            "jacket",
            "wall",
            "tattoo",
            "logo",
            "stamp",
            "coin",
        ),
        *("book", "door", "label", "bottle", "balloon", "cake", "screen", "board", "blackboard"),
    ]
)
_DIRECT = re.compile(f"{_STANDS}({_KINDS})")
_BY_IT = re.compile(f"{_STANDS}(?:(?P<kind>{_KINDS}|on) {_IT}|{_SIDE})(?= [.,;!?]| and|$)")
_DOING = r"(?:[a-z]+ing (?:(?:from|on|in|at|near|against) the )?[a-z]+ )?"  # "hanging from the ceiling"
_JOINED = re.compile(rf"{_DOING}(?:, )?(?:with|and|plus|while|,|\.|;)(?: there is| there are| sits| stands)?")
_TO_ITS = re.compile(
    rf"(?:(?:[.,;:]|and|with|right|just|close|next to {_IT}|beside {_IT}) )*(?:{_SIDE}|(?P<kind>{_KINDS}) {_IT})"
    "(?: ,)?(?: (?:is|are|there is|stands?|sits?))?"
)
_BETWEEN = re.compile(f"{_STANDS}{BETWEEN}")

Standing = tuple[Named, str, Named]


def standings(said: Sequence[str], things: Sequence[Named]) -> Iterator[Standing]:
    """Each thing with how it stands to another: "a fox behind a barrel", "a barrel with a fox behind it".

    Of "a plate with a fork on its left and a knife on its right" both stand by the plate.
    """
    anchors: dict[Named, Named] = {}
    for place, (first, second) in enumerate(itertools.pairwise(things)):
        words = " ".join(said[first.end : second.start])
        match = _DIRECT.fullmatch(words)
        if match is not None:
            kind = _RELATIONS[match[1]]
            yield first, kind, second
            if kind in _SHARED:
                yield from ((other, kind, second) for other in _joined_before(said, things, place))
            continue
        upon = _UPON.fullmatch(words)
        if upon is not None and second.noun not in _NOT_UPON:
            yield first, upon["kind"], second
            continue
        anchor = anchors.get(first)
        if anchor is None and _hangs(said, things, place):
            continue
        behind = _BY_IT.match(words) if anchor else None
        for standing in _by_it(said, anchor or first, second, words[behind.end() :].strip() if behind else words):
            anchors[second] = standing[2]
            yield standing


def kind_by_pronoun(before: Sequence[str]) -> tuple[str, int] | None:
    """How something stands to a pronoun, by the words before that, and where these begin."""
    for length in (4, 3, 2, 1):
        kind = _RELATIONS.get(" ".join(before[-length:])) if len(before) >= length else None
        if kind is not None:
            return kind, len(before) - length
    return None


def between(said: Sequence[str], things: Sequence[Named]) -> Iterator[tuple[Named, Named]]:
    """A thing and the two of a kind between which it is: "a campfire between two tents"."""
    for first, second in itertools.pairwise(things):
        if second.count == 2 and _BETWEEN.fullmatch(" ".join(said[first.end : second.start])):
            yield first, second


def _joined_before(said: Sequence[str], things: Sequence[Named], place: int) -> Iterator[Named]:
    """What stands alike before the thing at `place`: "a bride and a groom under an arch"."""
    while place > 0 and " ".join(said[things[place - 1].end : things[place].start]) == "and":
        place -= 1
        yield things[place]


def _by_it(said: Sequence[str], first: Named, second: Named, words: str) -> Iterator[Standing]:
    """The second thing, if it is said to stand so to "it", or on "its" left."""
    match = _TO_ITS.fullmatch(words)
    if match is None and _JOINED.fullmatch(words):
        match = _BY_IT.match(" ".join(said[second.end :]))
    if match is not None:
        kind = match.groupdict().get("kind")
        if kind == "on" and singular(first.noun) in _SHOWS_UPON:
            return
        yield second, _RELATIONS.get(kind, kind) if kind else f"{match['side']} of", first


def _hangs(said: Sequence[str], things: Sequence[Named], place: int) -> bool:
    """Whether "it" may be another thing than the one at `place`: one stands right before it."""
    return place > 0 and not {".", ";", ":"} & set(said[things[place - 1].end : things[place].start])
