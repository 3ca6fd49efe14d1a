"""What a region is beside the one it was before an edit."""

from __future__ import annotations

from lib_omost.bench.compose.messages import Thing
from lib_omost.canvas import Canvas, Rect, Region

_STEP = 4  # cells: what moves less has not moved
_GROWN = 1.08  # times: what grows less has not grown


def is_unchanged(thing: Thing, region: Region, before: Canvas | None) -> bool:
    """Whether it has the location and colour name that were asked to stay, and all that was to be kept."""
    if thing.unchanged is not None and (region.location, region.color_name) != thing.unchanged:
        return False
    return not thing.kept or any(_keeps(thing, old, region) for old in _regions_before(thing, before))


def is_changed(thing: Thing, region: Region, before: Canvas | None) -> bool:
    """Whether it was moved and resized as asked."""
    return any(
        (thing.moved is None or _is_moved(old, region, thing.moved))
        and (thing.resized is None or _is_resized(old.rect, region.rect, thing.resized))
        for old in _regions_before(thing, before)
    )


def _regions_before(thing: Thing, before: Canvas | None) -> list[Region]:
    return [] if before is None else [before.regions[index] for index in thing.was]


def _keeps(thing: Thing, old: Region, new: Region) -> bool:
    same = {
        "all": new == old,
        "rect": new.rect == old.rect,
        "depth": new.distance_to_viewer == old.distance_to_viewer,
        "color": new.color_name == old.color_name,
        "description": new.description == old.description,
    }
    return all(same[name] for name in thing.kept)


def _is_moved(old: Region, new: Region, to: str) -> bool:
    if to in ("nearer", "farther"):
        step = new.distance_to_viewer - old.distance_to_viewer
        return step < 0 if to == "nearer" else step > 0
    across = (new.rect.left + new.rect.right - old.rect.left - old.rect.right) / 2
    down = (new.rect.top + new.rect.bottom - old.rect.top - old.rect.bottom) / 2
    step = {"left": -across, "right": across, "up": -down, "down": down}[to]
    return step >= _STEP


def _is_resized(old: Rect, new: Rect, to: str) -> bool:
    grown = {
        "larger": _area(new) / _area(old),
        "smaller": _area(old) / _area(new),
        "wider": _width(new) / _width(old),
        "narrower": _width(old) / _width(new),
        "taller": _height(new) / _height(old),
        "shorter": _height(old) / _height(new),
    }[to]
    return grown >= _GROWN


def _width(rect: Rect) -> int:
    return rect.right - rect.left


def _height(rect: Rect) -> int:
    return rect.bottom - rect.top


def _area(rect: Rect) -> int:
    return _width(rect) * _height(rect)
