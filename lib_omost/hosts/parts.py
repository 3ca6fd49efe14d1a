"""The paths of a canvas as the bags that a host encodes, and where their tokens lie. Every host uses this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lib_omost.attention.context import Span
from lib_omost.canvas import WHOLE_GRID, Rect
from lib_omost.prompts import PLAIN, Bag, BagResult, RegionPath, Tokenize, greedy_bags


@dataclass(frozen=True)
class Part:
    """The bags that go to one rectangle."""

    rect: Rect
    bags: BagResult


def parts_of(paths: Sequence[RegionPath], tokenize: Tokenize, *, method: str) -> tuple[Part, ...]:
    """One part a region, the global one first; the method "plain" joins every sub-prompt once in a single part."""
    if method == PLAIN:
        sub_prompts = dict.fromkeys(sub_prompt for path in paths for sub_prompt in (*path.prefixes, *path.suffixes))
        return (Part(WHOLE_GRID, greedy_bags((), tuple(sub_prompts), tokenize)),)
    return tuple(Part(path.rect, greedy_bags(path.prefixes, path.suffixes, tokenize)) for path in paths)


def bags_of(parts: Sequence[Part]) -> tuple[Bag, ...]:
    """The bags of all parts, in the order in which their tokens stand side by side."""
    return tuple(bag for part in parts for bag in part.bags.bags)


def notes_of(parts: Sequence[Part]) -> tuple[str, ...]:
    """What the user should know about how the sub-prompts were packed."""
    return tuple(note for part in parts for note in part.bags.notes)


def spans_of(parts: Sequence[Part], bag_tokens: Sequence[int]) -> tuple[Span, ...]:
    """Where each part's tokens lie when the bags of all parts stand side by side; `bag_tokens` has one length a bag."""
    lengths = iter(bag_tokens)
    spans, start = [], 0
    for part in parts:
        stop = start + sum(next(lengths) for _ in part.bags.bags)
        spans.append(Span(start, stop, part.rect))
        start = stop
    return tuple(spans)
