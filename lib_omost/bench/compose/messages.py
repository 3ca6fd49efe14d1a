"""Messages with what their canvases must mean, read from JSON.

A file is a list of `{"id", "category", "message", "objects": [{"nouns", "count"}], …}`. What else a message may ask for
are the fields of `Message` and `Thing` here. An edit has "before", a list of [message, reply], where the last reply
holds the canvas that it changes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from lib_omost.bench.compose.arrangement import ARRANGEMENTS, SHARES
from lib_omost.canvas import LOCATIONS, Canvas, parse_reply
from lib_omost.chat.conversation.conversation import Round, clean_text
from lib_omost.errors import BadInputError

PLACES = ("left", "right", "top", "bottom", "center", "top-left", "top-right", "bottom-left", "bottom-right")
SIZES = ("large", "small", "vertical", "horizontal")
RELATIONS = ("left_of", "above", "below", "in_front_of", "inside", "between")
MOVES = ("left", "right", "up", "down", "nearer", "farther")
RESIZES = ("larger", "smaller", "wider", "narrower", "taller", "shorter")
KEPT = ("all", "rect", "depth", "color", "description")
# Of a message and of a thing in it: what only people need, and what other fields say already.
_SAID = frozenset(("id", "category", "lang", "message", "objects", "relations", "before", "before_regions", "note"))
_KNOWN = _SAID | {"scene", "background", "absent", "extra_ok", "dup_ok", "min_regions", "style"}
_ASKED = ("nouns", "count", "colors", "place", "loc", "size", "share", "arranged", "words")
_OF_AN_EDIT = ("was", "unchanged", "kept", "moved", "resized")
_THING = frozenset((*_ASKED, *_OF_AN_EDIT))


@dataclass(frozen=True)
class Relation:
    """Thing `first` stands so to thing `second`, by index; "between" has a `third`."""

    first: int
    kind: str
    second: int
    third: int | None = None


@dataclass(frozen=True)
class Thing:
    """`count` regions that each have one of `nouns` in their description or tags; None and () ask nothing.

    `colors` are words of which one is said or shown, `place` is one of PLACES, `loc` a location's name, `size` one of
    SIZES; `share` are the percent of the picture's width and height that each region takes up, `arranged` the figure
    of ARRANGEMENTS in which all stand; of `words` a region says one besides. Of an edit: `was` are the regions that
    it was, by index; `unchanged` the location and colour name that it still has, `kept` what else of KEPT is the same
    in each of its regions; `moved` and `resized` what it is now beside before, of MOVES and RESIZES.
    """

    nouns: tuple[str, ...]
    count: int = 1
    colors: tuple[str, ...] = ()
    place: str | None = None
    loc: str | None = None
    size: str | None = None
    share: Mapping[str, int] = field(default_factory=dict)
    arranged: str | None = None
    words: tuple[str, ...] = ()
    was: tuple[int, ...] = ()
    unchanged: tuple[str, str] | None = None
    kept: tuple[str, ...] = ()
    moved: str | None = None
    resized: str | None = None


@dataclass(frozen=True)
class Message:
    """`scene` are words of which the canvas says one, `style` the same for its style; `background` is its colour.

    `absent` is what no text of it may name. `extra_ok` allows regions that nothing asks for, `dup_ok` ones alike.
    """

    id: str
    category: str
    message: str
    things: tuple[Thing, ...] = ()
    relations: tuple[Relation, ...] = ()
    scene: tuple[str, ...] = ()
    style: tuple[str, ...] = ()
    background: str | None = None
    absent: tuple[str, ...] = ()
    extra_ok: bool = False
    dup_ok: bool = False
    min_regions: int | None = None
    before: tuple[Round, ...] = ()

    @property
    def canvas_before(self) -> Canvas | None:
        """The canvas that an edit changes; None when there is none."""
        return parse_reply(self.before[-1].reply).canvas if self.before else None


def own_messages() -> tuple[Message, ...]:
    """The set of this repository, `messages.json`."""
    return read_messages(files("lib_omost.bench.compose").joinpath("messages.json").read_text(encoding="utf-8"))


def read_messages(text: str, told: Callable[[str], None] = lambda _: None) -> tuple[Message, ...]:
    """The messages of a file. `told` hears of fields that no check knows.

    Raises BadInputError, with the message's id, for what is not of this form and for a check that there is not.
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        raise BadInputError(f"the messages are no JSON: {error}") from error
    if not isinstance(data, list) or not data:
        raise BadInputError("the messages are not a JSON list", hint='it begins [{"id": …, "message": …}')
    unknown: set[str] = set()
    messages = tuple(_message(entry, number, unknown) for number, entry in enumerate(data, 1))
    ids = [message.id for message in messages]
    if len(set(ids)) < len(ids):
        raise BadInputError(f"two messages have the id {max(ids, key=ids.count)!r}")
    if unknown:
        told(f"not checked, because no check has these names: {', '.join(sorted(unknown))}")
    return messages


def _message(entry: object, number: int, unknown: set[str]) -> Message:
    if not isinstance(entry, dict):
        raise BadInputError(f"message {number} is not a JSON object")
    name = f"message {entry.get('id', number)}"
    try:
        unknown |= set(entry) - _KNOWN
        things = tuple(_thing(thing, unknown) for thing in entry.get("objects") or ())
        message = Message(
            id=str(entry["id"]),
            category=str(entry.get("category") or "all"),
            message=_text(entry["message"]),
            things=things,
            relations=tuple(_relation(relation, things) for relation in entry.get("relations") or ()),
            scene=_texts(entry, "scene"),
            style=_texts(entry, "style"),
            background=_of(entry, "background", None),
            absent=_texts(entry, "absent"),
            extra_ok=bool(entry.get("extra_ok")),
            dup_ok=bool(entry.get("dup_ok")),
            min_regions=_whole(entry, "min_regions"),
            before=tuple(
                Round(clean_text(_text(said), "message"), clean_text(_text(reply), "reply"))
                for said, reply in entry.get("before") or ()
            ),
        )
        _check_before(message)
    except KeyError as error:
        raise BadInputError(f"{name} has no {error.args[0]!r}") from error
    except (TypeError, ValueError) as error:
        raise BadInputError(f"{name}: {error}") from error
    return message


def _thing(entry: object, unknown: set[str]) -> Thing:
    if not isinstance(entry, dict):
        raise TypeError(f"{entry!r} is not an object with nouns")
    unknown |= set(entry) - _THING
    count = entry.get("count", 1)
    if not isinstance(count, int) or count < 1:
        raise ValueError(f"count {count!r} is not a number from 1")
    unchanged = entry.get("unchanged")
    if not (nouns := _texts(entry, "nouns")):
        raise ValueError("an object has no nouns")
    return Thing(
        nouns=nouns,
        count=count,
        colors=_texts(entry, "colors"),
        place=_of(entry, "place", PLACES),
        loc=_of(entry, "loc", LOCATIONS),
        size=_of(entry, "size", SIZES),
        share=_share(entry.get("share") or {}),
        arranged=_of(entry, "arranged", ARRANGEMENTS),
        words=_texts(entry, "words"),
        was=_indices(entry.get("was")),
        unchanged=None if unchanged is None else (_text(unchanged["location"]), _text(unchanged["color"])),
        kept=tuple(_known("kept", name, KEPT) for name in _texts(entry, "kept")),
        moved=_of(entry, "moved", MOVES),
        resized=_of(entry, "resized", RESIZES),
    )


def _share(value: object) -> Mapping[str, int]:
    if not isinstance(value, dict) or not all(type(percent) is int for percent in value.values()):
        raise TypeError(f"share {value!r} is not of percents")
    return {_known("share", name, SHARES): percent for name, percent in value.items()}


def _relation(entry: object, things: tuple[Thing, ...]) -> Relation:
    """[0, "left_of", 1] or [0, "between", 1, 2]."""
    if not isinstance(entry, list) or len(entry) not in (3, 4):
        raise ValueError(f"relation {entry!r} is not [first, kind, second]")
    first, kind, *others = entry
    if kind not in RELATIONS:
        raise ValueError(f"there is no check {kind!r}: relations are {', '.join(RELATIONS)}")
    if len(others) != (2 if kind == "between" else 1):
        raise ValueError(f"relation {entry!r} has {len(others)} others")
    for index in (first, *others):
        if not isinstance(index, int) or not 0 <= index < len(things):
            raise ValueError(f"relation {entry!r} names an object that there is not")
    return Relation(first, kind, *others)


def _check_before(message: Message) -> None:
    """Whether what is asked of an edit can be looked up in the canvas before it."""
    canvas = message.canvas_before
    if message.before and canvas is None:
        raise ValueError("the last reply before it holds no canvas")
    for thing in message.things:
        compared = thing.kept or thing.moved or thing.resized
        if compared and not thing.was:
            raise ValueError(f"{thing.nouns[0]} has no 'was' to compare it with")
        there = 0 if canvas is None else len(canvas.regions)
        if compared and not all(0 <= index < there for index in thing.was):
            raise ValueError(f"{thing.nouns[0]} was region {max(thing.was)}, which there is not")


def _indices(value: object) -> tuple[int, ...]:
    """Of one index, of several, or of none."""
    if value is None:
        return ()
    indices = value if isinstance(value, list) else [value]
    if any(type(index) is not int for index in indices):
        raise TypeError(f"was {value!r} is not an index")
    return tuple(indices)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _texts(entry: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = entry.get(name) or ()
    if isinstance(found, str):
        raise TypeError(f"{name} is not a list")
    return tuple(_text(word) for word in found)


def _of(entry: Mapping[str, Any], name: str, known: Container[object] | None) -> str | None:
    value = entry.get(name)
    return None if value is None else _known(name, value, known)


def _known(name: str, value: object, known: Container[object] | None) -> str:
    if known is not None and value not in known:
        raise ValueError(f"there is no check {name} {value!r}")
    return _text(value)


def _whole(entry: Mapping[str, Any], name: str) -> int | None:
    value = entry.get(name)
    if value is not None and type(value) is not int:
        raise TypeError(f"{name} {value!r} is not a whole number")
    return value
