"""The checks: does a canvas mean what its message says?

A region stands for a thing when its description, or else its tags, has one of the thing's nouns (`matching.py`). A
check gives None where the message asks nothing of its kind. A message is right when no check fails.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lib_omost.bench.compose.arrangement import are_arranged, has_share
from lib_omost.bench.compose.changes import is_changed, is_unchanged
from lib_omost.bench.compose.matching import Matched, match
from lib_omost.bench.compose.messages import Message, Relation, Thing
from lib_omost.bench.compose.words import english, is_of_color, names, names_any, says_color
from lib_omost.canvas import Canvas, Region, parse_reply

APART = 4  # cells between two centres of which one is left of, or above, the other
_LOW, _HIGH = (
    40,
    50,
)  # cells: a centre before the first is left or at the top, one past the second right or at the bottom
_MIDDLE = (30, 60)


@dataclass(frozen=True)
class Case:
    """A message, its canvas, and which regions stand for its things."""

    message: Message
    canvas: Canvas
    matched: Matched

    def regions_of(self, thing: int) -> list[Region]:
        return [self.canvas.regions[index] for index in self.matched[thing]]

    def found(self) -> Iterator[tuple[Thing, list[Region]]]:
        """Each thing with the regions that stand for it."""
        for index, thing in enumerate(self.message.things):
            yield thing, self.regions_of(index)


Check = Callable[[Case], bool | None]


@dataclass(frozen=True)
class Verdict:
    """What each check that applies says of a reply, by its name; `right` when none fails."""

    checks: Mapping[str, bool]

    @property
    def right(self) -> bool:
        return all(self.checks.values())

    @property
    def failed(self) -> tuple[str, ...]:
        return tuple(name for name, passed in self.checks.items() if not passed)


def judge(message: Message, reply: str) -> Verdict:
    """Read the reply and apply every check; one without a canvas fails "parses" alone."""
    canvas = parse_reply(reply).canvas
    if canvas is None:
        return Verdict({"parses": False})
    case = Case(message, canvas, match(message.things, canvas.regions))
    said = {name: check(case) for name, check in CHECKS.items()}
    return Verdict({name: passed for name, passed in said.items() if passed is not None})


def present(case: Case) -> bool | None:
    """Every thing has a region of its own."""
    return all(regions for _, regions in case.found()) if case.message.things else None


def count(case: Case) -> bool | None:
    """As many regions as the count says, and no other that has the thing's noun."""
    if not case.message.things:
        return None
    used = {index for indices in case.matched for index in indices}
    for index, thing in enumerate(case.message.things):
        if len(case.matched[index]) != thing.count:
            return False
        named = [place for place, r in enumerate(case.canvas.regions) if names_any(r.description, thing.nouns)]
        if len(named) > thing.count and not case.message.extra_ok and not used.issuperset(named):
            return False
    return True


def relation(case: Case) -> bool | None:
    """All regions of two things stand as asked, by their centres, or by their distances to the viewer."""
    return all(_stand(case, asked) for asked in case.message.relations) if case.message.relations else None


def place(case: Case) -> bool | None:
    """The regions are in the asked ninth or half of the picture, or have the asked location."""
    asked = [(thing, regions) for thing, regions in case.found() if thing.place or thing.loc]
    if not asked:
        return None
    return all(regions and all(_is_placed(thing, region) for region in regions) for thing, regions in asked)


def color(case: Case) -> bool | None:
    """The region says the asked colour, or its colour name is one of it; and it says no colour of another thing."""
    asked = [(thing, regions) for thing, regions in case.found() if thing.colors]
    if not asked:
        return None
    every = {english(word) for thing, _ in asked for word in thing.colors}
    return all(regions and all(_is_colored(thing, region, every) for region in regions) for thing, regions in asked)


def size(case: Case) -> bool | None:
    """The area is large or small, upright or wide. Beside a small thing, a medium one is large."""
    asked = [(thing, regions) for thing, regions in case.found() if thing.size]
    if not asked:
        return None
    beside_small = any(thing.size == "small" for thing, _ in asked)
    return all(regions and _is_sized(regions[0].area, thing.size or "", beside_small) for thing, regions in asked)


def share(case: Case) -> bool | None:
    """Every region takes up as much of the picture as was asked."""
    asked = [(thing, regions) for thing, regions in case.found() if thing.share]
    if not asked:
        return None
    return all(regions and all(has_share(region.rect, thing.share) for region in regions) for thing, regions in asked)


def arranged(case: Case) -> bool | None:
    """Several of a thing stand in the row, the column or the ring that was asked."""
    asked = [(thing.arranged, regions) for thing, regions in case.found() if thing.arranged]
    if not asked:
        return None
    return all(are_arranged([region.rect for region in regions], figure) for figure, regions in asked)


def words(case: Case) -> bool | None:
    """The regions say what else was asked of a thing: what it does, has or is made of."""
    asked = [(thing, regions) for thing, regions in case.found() if thing.words]
    if not asked:
        return None
    return all(regions and all(names_any(_text(region), thing.words) for region in regions) for thing, regions in asked)


def scene(case: Case) -> bool | None:
    """The whole, or a region, names one of the words of the scene."""
    if not case.message.scene:
        return None
    whole = _whole(case.canvas)
    descriptions = [region.description.lower() for region in case.canvas.regions]
    return any(
        names(whole, word) or word in whole.lower() or any(word in text for text in descriptions)
        for word in case.message.scene
    )


def style(case: Case) -> bool | None:
    """The whole, or every region, names one of the words of the style."""
    if not case.message.style:
        return None
    regions = [_text(region) for region in case.canvas.regions]
    return _says(_whole(case.canvas), case.message.style) or bool(
        regions and all(_says(text, case.message.style) for text in regions)
    )


def background(case: Case) -> bool | None:
    """The whole says the asked colour and has it."""
    asked = case.message.background
    if asked is None:
        return None
    return is_of_color(case.canvas.color_name, asked) and names(case.canvas.description, asked)


def absent(case: Case) -> bool | None:
    """No text of the canvas names what was not to be seen."""
    if not case.message.absent:
        return None
    texts = [_whole(case.canvas), *(f"{region.description} {region.tags}" for region in case.canvas.regions)]
    return not any(names_any(text, case.message.absent) for text in texts)


def unchanged(case: Case) -> bool | None:
    """What an edit did not name has the location and colour that it had, or is the very same, as far as is asked."""
    asked = [(thing, regions) for thing, regions in case.found() if thing.unchanged or thing.kept]
    if not asked:
        return None
    before = case.message.canvas_before
    return all(regions and all(is_unchanged(thing, region, before) for region in regions) for thing, regions in asked)


def changed(case: Case) -> bool | None:
    """What was to be moved or resized is so beside what it was before."""
    asked = [(thing, regions) for thing, regions in case.found() if thing.moved or thing.resized]
    if not asked:
        return None
    before = case.message.canvas_before
    return all(regions and all(is_changed(thing, region, before) for region in regions) for thing, regions in asked)


def extra(case: Case) -> bool | None:
    """No region that nothing asked for; one may show the scene."""
    if case.message.extra_ok:
        return None
    used = {index for indices in case.matched for index in indices}
    others = [region.description.lower() for index, region in enumerate(case.canvas.regions) if index not in used]
    return all(any(word in text for word in case.message.scene) for text in others)


def dup(case: Case) -> bool | None:
    """No two regions say the same, unless several of a thing were asked for."""
    if case.message.dup_ok:
        return None
    said = Counter(region.description.lower() for region in case.canvas.regions)
    return max(said.values(), default=1) <= max((thing.count for thing in case.message.things), default=1)


def regions(case: Case) -> bool | None:
    """At least so many regions."""
    least = case.message.min_regions
    return None if least is None else len(case.canvas.regions) >= least


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        check.__name__: check
        for check in (
            *(present, count, relation, place, color, size, share, arranged, words, scene, style, background),
            *(absent, unchanged, changed, extra, dup, regions),
        )
    }
)


def _stand(case: Case, asked: Relation) -> bool:
    firsts, seconds = case.regions_of(asked.first), case.regions_of(asked.second)
    if asked.third is not None:
        thirds = case.regions_of(asked.third)
        return bool(firsts and seconds and thirds) and all(
            _is_between(a, b, c) for a in firsts for b in seconds for c in thirds
        )
    return bool(firsts and seconds) and all(_holds(asked.kind, a, b) for a in firsts for b in seconds)


def _holds(kind: str, a: Region, b: Region) -> bool:
    (x, y), (other_x, other_y) = _center(a), _center(b)
    if kind == "left_of":
        return x < other_x - APART
    if kind == "above":
        return y < other_y - APART
    if kind == "below":
        return y > other_y + APART
    if kind == "in_front_of":
        return a.distance_to_viewer < b.distance_to_viewer
    return b.rect.left <= x <= b.rect.right and b.rect.top <= y <= b.rect.bottom  # inside


def _is_between(a: Region, b: Region, c: Region) -> bool:
    """Whether a's centre is between those of the others, across or down."""
    return any(
        min(second, third) + APART < first < max(second, third) - APART
        for first, second, third in zip(_center(a), _center(b), _center(c), strict=True)
    )


def _center(region: Region) -> tuple[float, float]:
    top, bottom, left, right = region.rect
    return (left + right) / 2, (top + bottom) / 2


def _is_placed(thing: Thing, region: Region) -> bool:
    if thing.loc is not None and region.location != thing.loc:
        return False
    x, y = _center(region)
    if thing.place == "center":
        return all(_MIDDLE[0] <= value <= _MIDDLE[1] for value in (x, y))
    stands = {"left": x < _LOW, "right": x > _HIGH, "top": y < _LOW, "bottom": y > _HIGH}
    return all(stands[part] for part in (thing.place or "").split("-") if part)


def _is_colored(thing: Thing, region: Region, every: set[str]) -> bool:
    own = {english(word) for word in thing.colors}
    if any(says_color(region.description, other) for other in every - own):
        return False
    return any(says_color(region.description, word) or is_of_color(region.color_name, word) for word in thing.colors)


def _is_sized(area: str, asked: str, beside_small: bool) -> bool:
    if asked == "large" and beside_small:
        return "small" not in area
    return asked in area


def _says(text: str, wanted: tuple[str, ...]) -> bool:
    return any(names(text, word) or word in text.lower() for word in wanted)


def _whole(canvas: Canvas) -> str:
    return f"{canvas.description} {canvas.tags}"


def _text(region: Region) -> str:
    parts = (region.description, *region.detailed_descriptions, region.tags, region.atmosphere, region.style)
    return " ".join((*parts, region.quality_meta))
