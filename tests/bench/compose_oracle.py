"""Canvases that mean what a message asks, made by search: a message that none can satisfy is a mistake in the set."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from lib_omost.bench.compose.checks import CHECKS, Case
from lib_omost.bench.compose.matching import match
from lib_omost.bench.compose.messages import Message, Thing
from lib_omost.bench.compose.words import english
from lib_omost.canvas import COLORS, LOCATIONS, Canvas, Rect, Region, write_canvas

_SIZES = {None: "a small square area", "small": "a small square area", "large": "a large square area"}
_SHAPES = {"vertical": "a large vertical area", "horizontal": "a large horizontal area"}
_LEAST = 14  # cells


def meant(message: Message) -> str | None:
    """The code of a canvas that is right in all respects; None when the search finds none."""
    for canvas in _tries(message):
        case = Case(message, canvas, match(message.things, canvas.regions))
        if all(check(case) is not False for check in CHECKS.values()):
            return write_canvas(canvas)
    return None


def _tries(message: Message) -> Iterator[Canvas]:
    """Each thing at each place, near or far, with what it was before where an edit changes it."""
    choices = [_regions(message, thing) for thing in message.things]
    before = message.canvas_before
    words = " ".join(filter(None, (*message.scene[:1], *message.style[:1], message.background or "")))
    color = _html(message.background) or (before.color_name if before is not None else "gray")
    for chosen in itertools.islice(itertools.product(*choices), 20_000):
        regions = tuple(itertools.chain.from_iterable(chosen))
        if message.min_regions is not None and not regions:
            regions = (_region("A window.", "in the center"),)
        yield Canvas(f"A view. {words}", color_name=color, regions=regions)


def _regions(message: Message, thing: Thing) -> list[tuple[Region, ...]]:
    olds = [message.canvas_before.regions[index] for index in thing.was] if message.canvas_before else []
    if olds and "all" in thing.kept:
        return [tuple(olds[: thing.count])]
    old = olds[0] if olds else None
    related = {r.kind for r in message.relations if _number(message, thing) in (r.first, r.second, r.third)}
    deep = "in_front_of" in related or thing.moved in ("nearer", "farther")
    text = " ".join(filter(None, ("A", *thing.words[:1], *thing.colors[:1], f"{thing.nouns[0]}.")))
    ways: list[tuple[Region, ...]] = []
    for location, distance in itertools.product(_locations(thing, related), (2.0, 5.0, 9.0) if deep else (5.0,)):
        new = _region(text, location, distance_to_viewer=distance, color_name=_html(*thing.colors) or "gray")
        new = replace(new, area=_SHAPES.get(thing.size or "") or _SIZES[thing.size])
        if old is not None:
            new = _kept(new, old, thing)
        if thing.resized and old is not None:
            ways += [(replace(new, free_rect=rect),) for rect in _resized(old.rect, thing.resized)]
        else:
            ways.append((new,) * thing.count)
    if "above" in related and old is None:  # at the very edge, for what is near it already
        ways += [(replace(new, free_rect=edge),) * thing.count for edge in (Rect(0, 12, 38, 52), Rect(78, 90, 38, 52))]
    return ways


def _locations(thing: Thing, related: set[str]) -> list[str]:
    if thing.loc:
        return [thing.loc]
    if thing.place:
        return ["in the center" if thing.place == "center" else f"on the {thing.place}"]
    if related - {"in_front_of"} or thing.moved:
        return list(LOCATIONS)
    return ["in the center"]


def _number(message: Message, thing: Thing) -> int:
    return next(number for number, one in enumerate(message.things) if one is thing)


def _kept(new: Region, old: Region, thing: Thing) -> Region:
    if "description" in thing.kept:
        new = replace(new, description=old.description, tags=old.tags)
    if "color" in thing.kept:
        new = replace(new, color_name=old.color_name)
    if "rect" in thing.kept:
        new = replace(new, location=old.location, offset=old.offset, area=old.area, free_rect=old.rect)
    if "depth" in thing.kept:
        new = replace(new, distance_to_viewer=old.distance_to_viewer)
    return new


def _resized(old: Rect, to: str) -> Iterator[Rect]:
    step = 12 if to in ("larger", "wider", "taller") else -6
    down = 0 if to in ("wider", "narrower") else step
    across = 0 if to in ("taller", "shorter") else step
    height = min(90, max(_LEAST, old.bottom - old.top + down))
    width = min(90, max(_LEAST, old.right - old.left + across))
    for top, left in ((old.top, old.left), (90 - height, 90 - width), (0, 90 - width), (0, 0)):
        if top + height <= 90 and left + width <= 90:
            yield Rect(top, top + height, left, left + width)


def _region(text: str, location: str, **fields: object) -> Region:
    said = {"offset": "no offset", "area": "a small square area", "distance_to_viewer": 5.0, **fields}
    return Region(location, description=text, **said)  # type: ignore[arg-type]


def _html(*colors: str | None) -> str | None:
    return next((hue for color in colors if color and (hue := english(color)) in COLORS), None)
