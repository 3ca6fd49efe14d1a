"""Every free text of a canvas at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from lib_omost.canvas.model import Canvas, Region

OF_CANVAS = ("description", "tags")
OF_REGION = ("description", "tags", "atmosphere", "style", "quality_meta")


def texts_of(canvas: Canvas) -> Iterator[str]:
    """The texts that say what is seen, the whole picture's first; negative words and absent things are none of them."""
    parts: list[tuple[Canvas | Region, tuple[str, ...]]] = [(canvas, OF_CANVAS)]
    for part, fields in parts + [(region, OF_REGION) for region in canvas.regions]:
        yield from (getattr(part, field) for field in fields)
        yield from part.detailed_descriptions


def with_texts(canvas: Canvas, change: Callable[[str], str]) -> Canvas:
    """The canvas with `change` made to each of them, in that order. Raises ValueError when it gets too large."""

    def changed(part: Canvas | Region, fields: tuple[str, ...]) -> dict[str, str | tuple[str, ...]]:
        texts: dict[str, str | tuple[str, ...]] = {field: change(getattr(part, field)) for field in fields}
        return texts | {"detailed_descriptions": tuple(map(change, part.detailed_descriptions))}

    whole = changed(canvas, OF_CANVAS)
    regions = tuple(replace(region, **changed(region, OF_REGION)) for region in canvas.regions)  # type: ignore[arg-type]
    return replace(canvas, regions=regions, **whole)  # type: ignore[arg-type]
