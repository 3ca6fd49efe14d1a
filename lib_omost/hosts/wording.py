"""Canvas and prompt box → the bags of each region, in the host's prompt syntax."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, replace

from lib_omost.canvas import Canvas, Rect
from lib_omost.canvas.texts import texts_of
from lib_omost.hosts.host import Host
from lib_omost.methods.method import Method
from lib_omost.methods.names import SCORE
from lib_omost.methods.registry import method_named
from lib_omost.methods.tuning import MINI, Tuning
from lib_omost.prompts import (
    Bag,
    BagResult,
    PromptMixing,
    RegionPath,
    Signs,
    TagStyle,
    Tokenize,
    greedy_bags,
    joined_path,
    mix_prompt,
    parted,
    region_paths,
    signs_of,
    variants_of,
)
from lib_omost.prompts.networks import without_networks


@dataclass(frozen=True)
class Wording:
    """How a canvas is worded, by which method, and what the prompt box does to it.

    literal: no sign in its texts has another meaning; else they are in the host's prompt syntax, as far as it has one.
    tuning: the numbers of the model's family.
    """

    method: str = SCORE
    style: TagStyle = TagStyle.PLAIN
    mixing: PromptMixing = PromptMixing.EVERY_REGION
    literal: bool = False
    tuning: Tuning = MINI

    @property
    def steers(self) -> Method:
        """The method itself. Raises BadInputError where there is none of that name."""
        return method_named(self.method, self.tuning)


@dataclass(frozen=True)
class Part:
    """The bags that go to one part of the picture.

    own: for each bag, which of its ids say what is in this part alone, as half-open ranges: no words that regions
    share, such as the global description and those of the prompt box. weight, edge, cells: the region's.
    """

    rect: Rect
    bags: tuple[Bag, ...]
    notes: tuple[str, ...]
    own: tuple[tuple[tuple[int, int], ...], ...] = ()
    weight: float = 1.0
    edge: float = 0.0
    cells: tuple[int, ...] | None = None


def worded_parts(host: Host, canvas: Canvas, wording: Wording, words: str) -> tuple[Part, ...]:
    """One part a region, the global one first. `words` are the prompt box's, in the host's syntax.

    Words that fit a bag join the path's prefix, so that they stand in every bag; longer ones stand beside the region's
    bags where the host encodes long texts, and else are split to fit.
    """
    words = words.strip()
    ids = tuple(host.tokenize(words))
    joins = len(ids) <= host.bag_limit or not host.long_texts

    reads = host.reads_syntax and not wording.literal

    def syntax(item: str) -> str:
        return item if reads or item == words else host.literal(item)

    paths, notes = without_networks(region_paths(canvas, wording.style))
    if not host.reads_syntax and not wording.literal:
        notes = (*notes, *unread(canvas))
    if joins:
        paths = mix_prompt(paths, words, wording.mixing)
    if not wording.steers.is_regional:
        paths = (joined_path(paths),)
    signs = Signs(breaks=not wording.literal, brackets=reads)
    shared = {
        words,
        *(part for item in (words, *paths[0].prefixes) for part in (parted(item) if signs.breaks else [item])),
    }

    def tokenize(item: str) -> Sequence[int]:
        return host.tokenize(syntax(item))

    def pack(path: RegionPath) -> BagResult:
        return greedy_bags(path.prefixes, path.suffixes, tokenize, host.bag_limit, words=path.words, signs=signs)

    parts = tuple(_part(path, pack(path), tokenize, syntax, shared) for path in paths)
    local = [
        replace(part, weight=region.weight, edge=region.edge, cells=region.cells)
        for part, region in zip(parts[1:], canvas.far_to_near(), strict=False)  # none, where all are one
    ]
    parts = (replace(parts[0], notes=(*notes, *parts[0].notes)), *local)
    if joins or wording.mixing is PromptMixing.IGNORE:
        return parts
    beside = len(parts) if wording.mixing is PromptMixing.EVERY_REGION else 1
    own = Bag((words,), ids)
    return (*(replace(one, bags=(*one.bags, own), own=(*one.own, ())) for one in parts[:beside]), *parts[beside:])


def _part(
    path: RegionPath, packed: BagResult, tokenize: Tokenize, syntax: Callable[[str], str], shared: Container[str]
) -> Part:
    bags = tuple(Bag(tuple(map(syntax, bag.prompts)), bag.ids) for bag in packed.bags)
    own = tuple(own_ranges(bag.prompts, tokenize, shared) for bag in packed.bags)
    return Part(path.rect, bags, packed.notes, own)


def own_ranges(prompts: Iterable[str], tokenize: Tokenize, shared: Container[str]) -> tuple[tuple[int, int], ...]:
    """Where in a bag's ids those sub-prompts stand that are not shared, as half-open ranges; neighbours are joined."""
    ranges: list[tuple[int, int]] = []
    end = 0
    for prompt in prompts:
        start, end = end, end + len(tokenize(prompt))
        if prompt in shared or start == end:
            continue
        if ranges and ranges[-1][1] == start:
            ranges[-1] = (ranges[-1][0], end)
        else:
            ranges.append((start, end))
    return tuple(ranges)


def unread(canvas: Canvas) -> tuple[str, ...]:
    """A note for each sign of a WebUI's prompt syntax in the texts, for a host that has none."""
    signs = dict.fromkeys(sign for text in texts_of(canvas) for sign in (*signs_of(text), *variants_of(text)))
    why = "weights, steps and variants are prompt syntax of WebUIs"
    return tuple(f"{sign} was read as it is written: {why}." for sign in signs)
