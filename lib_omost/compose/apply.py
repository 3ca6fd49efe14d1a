"""Edits applied to a canvas as it stands: what no edit names stays the very same region, dragged by hand or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lib_omost.canvas.limits import MAX_ABSENT, MAX_REGIONS
from lib_omost.canvas.model import Canvas, Rect, Region
from lib_omost.canvas.vocabulary import AREAS, LOCATIONS, OFFSETS
from lib_omost.compose.edit import (
    ALL,
    Add,
    Describe,
    Edit,
    Forbid,
    Move,
    Nudge,
    Recolor,
    Remove,
    Replace,
    Resize,
    SetDepth,
    SetScene,
    SetStyle,
    Swap,
    Targets,
)
from lib_omost.compose.geometry import around, beside, between, within
from lib_omost.compose.layout import Placed, depth_beside, rounded_distance
from lib_omost.compose.one_region import extent, nudge, put, recolor, redescribe, replaced, resize
from lib_omost.compose.plan import Entry, Relation
from lib_omost.compose.shapes import shape_of
from lib_omost.compose.to_canvas import regions_of
from lib_omost.compose.vocabulary import DEPTHS, PLACES, SHIFTS, SIZES
from lib_omost.compose.whole import set_scene, set_style, style_of
from lib_omost.compose.words import matching, plain
from lib_omost.errors import CanvasError

_WHOLE = 0.75  # share of a place that another thing takes up, and it is taken


@dataclass(frozen=True)
class Edited:
    """The canvas after the edits. `changed` is False when it is as before; `lost`: what went with things."""

    canvas: Canvas
    changed: bool
    lost: tuple[str, ...] = ()


def apply_edits(canvas: Canvas, edits: Sequence[Edit]) -> Edited:
    """All edits, one after the other; the numbers they name are those of `canvas` as it is given.

    Raises CanvasError, naming what there is, for a thing that is not in the canvas or could be several, and when
    there would be too many regions.
    """
    page = _Page(canvas)
    for edit in edits:
        page.apply(edit)
    after = page.canvas()
    return Edited(after, after != canvas, tuple(page.lost))


class _Page:
    """The regions while edits are applied; removed ones leave a gap, so that numbers keep their meaning."""

    def __init__(self, canvas: Canvas) -> None:
        self._whole = canvas
        self._slots: list[Region | None] = list(canvas.regions)
        self._last_style = style_of(canvas)
        self.lost: list[str] = []

    def canvas(self) -> Canvas:
        regions = tuple(region for region in self._slots if region is not None)
        return self._whole if regions == self._whole.regions else replace(self._whole, regions=regions)

    def _style(self) -> str:
        """The style that all regions share; of a canvas whose last region went, the one that it had."""
        canvas = self.canvas()
        return style_of(canvas) if canvas.regions else self._last_style

    def apply(self, edit: Edit) -> None:
        if isinstance(edit, Add):
            self._add(edit.entry)
        elif isinstance(edit, Forbid):
            absent = dict.fromkeys((*self._whole.absent, *edit.absent))
            self._whole = replace(self._whole, absent=tuple(absent)[:MAX_ABSENT])
        elif isinstance(edit, (SetScene, SetStyle)):
            canvas, style = self.canvas(), self._style()
            after = set_scene(canvas, edit, style) if isinstance(edit, SetScene) else set_style(canvas, edit, style)
            self._last_style = edit.style if isinstance(edit, SetStyle) else style
            kept = iter(after.regions)
            self._slots = [slot and next(kept) for slot in self._slots]
            self._whole = after
        elif isinstance(edit, Swap):
            self._swap(*(self._one(name) for name in edit.targets.names))
        else:
            for number in self._numbers(edit.targets):
                region = self._slots[number]
                if region is not None:
                    self._slots[number] = self._edited(region, number, edit)

    def _edited(
        self,
        region: Region,
        number: int,
        edit: Recolor | Move | Nudge | Resize | SetDepth | Remove | Replace | Describe,
    ) -> Region | None:
        after: Region | None = None
        if isinstance(edit, Recolor):
            after = recolor(region, edit.color)
        elif isinstance(edit, Move):
            after = self._moved(region, number, edit)
        elif isinstance(edit, Nudge):
            after = nudge(region, edit)
        elif isinstance(edit, Resize):
            after = resize(region, edit.size)
        elif isinstance(edit, SetDepth):
            after = replace(region, distance_to_viewer=_depth(region.distance_to_viewer, edit.depth))
        elif isinstance(edit, Replace):
            after, gone = replaced(region, edit.thing, edit.color)
            if gone:
                self.lost.append(f"{region.description!r} was replaced, and its {' and '.join(gone)} went with it")
        elif isinstance(edit, Describe):
            after = redescribe(region, edit.thing, None)
        return after

    def _moved(self, region: Region, number: int, edit: Move) -> Region:
        width, height = extent(region)
        if edit.relation is None:
            assert edit.place is not None
            x, y = _centre(edit.place, edit.shift)
            if region.free_rect is None:
                offset = "slightly to the " + _offset(edit.shift) if edit.shift else "no offset"
                moved = replace(region, location=PLACES[edit.place], offset=offset)
                return moved if edit.shift else self._uncovered(moved, number, edit.place)
            return put(region, around(x, y, width, height))
        return self._beside(region, edit.relation, (width, height), besides=number)

    def _uncovered(self, region: Region, number: int, place: str) -> Region:
        """The region, or where another thing has its whole place, higher or lower on that side, or along that edge."""
        others = [slot.rect for other, slot in enumerate(self._slots) if slot and other != number]

        def hidden(one: Region) -> int:
            return max((one.rect.shared(rect) for rect in others), default=0)

        height, width = region.rect.bottom - region.rect.top, region.rect.right - region.rect.left
        if hidden(region) < _WHOLE * height * width:
            return region
        ends = {"left": ("bottom left", "top left"), "right": ("bottom right", "top right")}
        ends |= {"top": ("top left", "top right"), "bottom": ("bottom left", "bottom right")}
        ways = [region, *(replace(region, location=PLACES[end]) for end in ends.get(place, ()))]
        return min(ways, key=hidden)

    def _beside(self, region: Region, relation: Relation, extent: tuple[int, int], besides: int | None) -> Region:
        """A region at its place by other ones."""
        targets = [self._slots[self._one(name, besides)] for name in relation.targets]
        there = [target for target in targets if target is not None]
        if len(there) < len(targets):
            raise CanvasError(f"{' and '.join(relation.targets)} was removed", hint="name a thing that stays")
        if len(there) == 2:
            return put(region, between(there[0].rect, there[1].rect, *extent))
        moved = put(region, beside(relation.kind, there[0].rect, *extent))
        other = there[0].distance_to_viewer
        distance = depth_beside(relation.kind, region.distance_to_viewer, other)
        return replace(moved, distance_to_viewer=rounded_distance(distance))

    def _add(self, entry: Entry) -> None:
        default = "small wide" if shape_of(entry.thing) == "long" and entry.count == 1 else "small"
        width, height = AREAS[SIZES[entry.size or default]]
        where = around(*(_centre(entry.place, entry.shift) if entry.place in PLACES else (45, 45)), width, height)
        if entry.place is None and entry.relation is None:
            where = self._freest(width, height)
        distance = DEPTHS[entry.depth] if entry.depth else self._in_front_of(where)
        entry = replace(entry, color=self._color_of_its_like(entry) or entry.color)
        ones = regions_of(entry, Placed(where, distance), self._style())
        if (
            entry.relation is not None
            and entry.place is None
            and not (entry.relation.kind == "around" and entry.count > 1)
        ):
            whole = replace(ones[0], free_rect=where)
            there = self._beside(whole, entry.relation, (width, height), besides=None)
            ones = regions_of(entry, Placed(there.rect, there.distance_to_viewer), ones[0].style)
        if sum(slot is not None for slot in self._slots) + len(ones) > MAX_REGIONS:
            raise CanvasError(f"the canvas would have more than {MAX_REGIONS} regions", hint="remove some first")
        self._slots += ones
        added = set(plain(entry.thing).split())
        absent = tuple(thing for thing in self._whole.absent if not set(plain(thing).split()) <= added)
        self._whole = replace(self._whole, absent=absent)

    def _color_of_its_like(self, entry: Entry) -> str | None:
        """The colour of what is there in the very same words: one more lemon is as yellow."""
        words = plain(entry.thing)
        return next((slot.color_name for slot in self._slots if slot and plain(slot.description) == words), None)

    def _freest(self, width: int, height: int) -> Rect:
        """Where a new thing covers least of what is there."""
        rects = [around(*centre, width, height) for centre in LOCATIONS.values()]
        return min(rects, key=lambda rect: sum(rect.shared(slot.rect) for slot in self._slots if slot))

    def _in_front_of(self, rect: Rect) -> float:
        """A distance at which nothing covers a new thing."""
        covering = [slot.distance_to_viewer for slot in self._slots if slot and rect.shared(slot.rect)]
        return rounded_distance(min([5.0, *(0.9 * distance for distance in covering)]))

    def _swap(self, one: int, other: int) -> None:
        """Each goes to the other's centre with its own size, and takes its distance."""
        first, second = self._slots[one], self._slots[other]
        if first is None or second is None:
            raise CanvasError("what was removed cannot be swapped", hint="name two things that stay")
        self._slots[one], self._slots[other] = _in_place_of(first, second), _in_place_of(second, first)

    def _numbers(self, targets: Targets) -> list[int]:
        if targets.names == (ALL,):
            return list(range(len(self._slots)))
        return list(dict.fromkeys(self._one(name) for name in targets.names))

    def _one(self, name: str, besides: int | None = None) -> int:
        """The one thing that a name means. Those that edits have added can be named too."""
        names = [plain(slot.description) or plain(slot.tags) if slot else "" for slot in self._slots]
        found = [number for number in matching(name, names) if number != besides]
        if len(found) == 1:
            return found[0]
        there = ", ".join(f"{number + 1} {words}" for number, words in enumerate(names) if self._slots[number])
        what = f"could be {' or '.join(str(number + 1) for number in found)}" if found else "is not in the canvas"
        raise CanvasError(f"{name} {what}; there is: {there or 'nothing'}", hint="name one of these, or its number")


def _in_place_of(region: Region, other: Region) -> Region:
    """The region where the other one is: in the same words if both are placed by words."""
    if region.free_rect is None and other.free_rect is None:
        return replace(
            region, location=other.location, offset=other.offset, distance_to_viewer=other.distance_to_viewer
        )
    top, bottom, left, right = other.rect
    width, height = extent(region)
    x, y = (left + right) // 2, (top + bottom) // 2
    rect = within(Rect(y - height // 2, y - height // 2 + height, x - width // 2, x - width // 2 + width))
    return replace(put(region, rect), distance_to_viewer=other.distance_to_viewer)


def _centre(place: str | None, shift: str | None) -> tuple[int, int]:
    x, y = LOCATIONS[PLACES[place or "center"]]
    dx, dy = OFFSETS[SHIFTS[shift]] if shift else (0, 0)
    return x + dx, y + dy


def _offset(shift: str) -> str:
    return shift.removeprefix("slightly ").replace(" ", "-")


def _depth(distance: float, depth: str) -> float:
    if depth in DEPTHS:
        return DEPTHS[depth]
    return rounded_distance(distance * (0.6 if depth == "nearer" else 1.6))
