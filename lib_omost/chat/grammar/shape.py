"""The fields of the two Canvas calls and what may stand in each: the one definition behind grammar and JSON schema."""

from __future__ import annotations

from dataclasses import dataclass

from lib_omost.canvas.colors import COLORS
from lib_omost.canvas.vocabulary import AREAS, GLOBAL_FIELDS, LOCAL_FIELDS, LOCATIONS, OFFSETS
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.grammar.letters import ANY_PROSE, ANY_WORD, PROSE, WORD
from lib_omost.grammar.rules import Chars, Choice, Literal, Node, sequence, up_to

NEAREST, FARTHEST = 1, 99  # distance_to_viewer; the Omost models write 1 to 10


@dataclass(frozen=True)
class Text:
    """A text of 1 to `longest` characters of ASCII, or a part of it, one in `other_weight`, in any script."""

    longest: int
    other_weight: int


@dataclass(frozen=True)
class Items:
    """A list of `least` to `most` texts."""

    text: Text
    least: int
    most: int


@dataclass(frozen=True)
class Name:
    """One of these names."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Distance:
    """A number from NEAREST to FARTHEST."""


Kind = Text | Items | Name | Distance


def global_fields(bounds: Bounds) -> tuple[tuple[str, Kind], ...]:
    """The fields of `set_global_description` in their order."""
    kinds = _kinds(bounds)
    return tuple((name, kinds[name]) for name in GLOBAL_FIELDS)


def local_fields(bounds: Bounds) -> tuple[tuple[str, Kind], ...]:
    """The fields of `add_local_description` in their order."""
    kinds = _kinds(bounds)
    return tuple((name, kinds[name]) for name in LOCAL_FIELDS)


def prose(text: Text, first: tuple[Chars, Chars] = (WORD, ANY_WORD), extra: tuple[Node, ...] = ()) -> Choice:
    """What such a text may say: it begins with one of `first`, (of ASCII, of any script); `extra` marks are prose too.

    A letter or digit comes first, so no text is blank.
    """
    ascii_first, any_first = first
    options = [sequence(ascii_first, up_to(_one_of(PROSE, extra), text.longest - 1))]
    if text.longest >= text.other_weight:
        most = text.longest // text.other_weight
        options.append(sequence(any_first, up_to(_one_of(ANY_PROSE, extra), most - 1)))
    return Choice(tuple(options))


def quoted(text: Text) -> Choice:
    """The text as a Python literal, in either quotes; the other ones stand inside as they are, its own escaped."""
    return Choice(
        tuple(
            sequence(Literal(quote), prose(text, extra=(Literal(other), Literal("\\" + quote))), Literal(quote))
            for quote, other in (("'", '"'), ('"', "'"))
        )
    )


def _one_of(chars: Chars, extra: tuple[Node, ...]) -> Node:
    return Choice((chars, *extra)) if extra else chars


def _kinds(bounds: Bounds) -> dict[str, Kind]:
    sentence, tags, mood = (
        Text(longest, bounds.other_weight) for longest in (bounds.sentence, bounds.tags, bounds.mood)
    )
    return {
        "location": Name(tuple(LOCATIONS)),
        "offset": Name(tuple(OFFSETS)),
        "area": Name(tuple(AREAS)),
        "distance_to_viewer": Distance(),
        "description": sentence,
        "detailed_descriptions": Items(sentence, *bounds.items),
        "tags": tags,
        "atmosphere": mood,
        "style": mood,
        "quality_meta": mood,
        "HTML_web_color_name": Name(tuple(COLORS)),
    }
