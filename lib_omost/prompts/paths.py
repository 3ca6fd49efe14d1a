"""The prompt prefix tree: what is said of each region, from the whole picture down to its details.

Source: the Omost readme, "Prompt Prefix Tree". A path is global description → local description → details; its
prefixes head every bag of the region, its suffixes fill the bags.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lib_omost.canvas import RGB, WHOLE_GRID, Canvas, Rect, Region
from lib_omost.prompts.styles import PONY_SCORES, TagStyle, count_people

STRIPPED = ",." + string.whitespace


@dataclass(frozen=True)
class RegionPath:
    """One region's sub-prompts. `distance_to_viewer` is None for the global region, which is the farthest layer.

    `words` are those of the prompt box: they stand behind the prefixes, and give way to them.
    """

    rect: Rect
    distance_to_viewer: float | None
    rgb: RGB
    prefixes: tuple[str, ...]
    suffixes: tuple[str, ...]
    words: str = ""


def region_paths(canvas: Canvas, style: TagStyle = TagStyle.PLAIN) -> tuple[RegionPath, ...]:
    """The paths of a canvas in the given style: the global region first, then the local ones far to near."""
    head = sub_prompts([PONY_SCORES]) if style is TagStyle.PONY else ()
    prefixes, suffixes = _global_texts(canvas, style)
    paths = [
        RegionPath(WHOLE_GRID, None, canvas.rgb, head + sub_prompts(prefixes, style), sub_prompts(suffixes, style))
    ]
    for region in canvas.far_to_near():
        prefixes, suffixes = _local_texts(canvas, region, style)
        prefixes, suffixes = head + sub_prompts(prefixes, style), sub_prompts(suffixes, style)
        paths.append(RegionPath(region.rect, region.distance_to_viewer, region.rgb, prefixes, suffixes))
    return tuple(paths)


def joined_path(paths: Sequence[RegionPath]) -> RegionPath:
    """Every sub-prompt once, in order, for the whole picture: what is left of a canvas without regions.

    `paths` are those of a canvas, the global region's first.
    """
    texts = (text for path in paths for text in (*path.prefixes, path.words, *path.suffixes) if text)
    return replace(paths[0], prefixes=(), suffixes=tuple(dict.fromkeys(texts)), words="")


def sub_prompts(texts: Iterable[str], style: TagStyle = TagStyle.PLAIN) -> tuple[str, ...]:
    """Each text without commas, full stops and white space at its ends, with one final full stop. Empty ones drop out.

    The booru and Pony styles count people in every text.
    """
    if style in (TagStyle.BOORU, TagStyle.PONY):
        texts = map(count_people, texts)
    stripped = (text.strip(STRIPPED) for text in texts)
    return tuple(text + "." for text in stripped if text)


def _global_texts(canvas: Canvas, style: TagStyle) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if style is TagStyle.TAGS and canvas.tags.strip(STRIPPED):
        return (canvas.tags,), ()
    return (canvas.description,), (*canvas.detailed_descriptions, canvas.tags)


def _local_texts(canvas: Canvas, region: Region, style: TagStyle) -> tuple[tuple[str, ...], tuple[str, ...]]:
    manner = (region.atmosphere, region.style, region.quality_meta)
    if style is TagStyle.TAGS and region.tags.strip(STRIPPED):
        return (region.tags,), manner
    return (canvas.description, region.description), (*region.detailed_descriptions, region.tags, *manner)
