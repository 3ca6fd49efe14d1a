"""Canvas and prompt box → the texts of each region's bags, in the host's prompt syntax."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lib_omost.canvas import Canvas
from lib_omost.hosts.parts import Part, bags_of, parts_of
from lib_omost.hosts.webui.host import Host
from lib_omost.prompts import BAG_LIMIT, Bag, BagResult, PromptMixing, TagStyle, mix_prompt, region_paths


@dataclass(frozen=True)
class Wording:
    """How a canvas is worded, and what the prompt box does to it."""

    method: str = "score"
    style: TagStyle = TagStyle.PLAIN
    mixing: PromptMixing = PromptMixing.EVERY_REGION


def worded_parts(host: Host, canvas: Canvas, wording: Wording, words: str) -> tuple[Part, ...]:
    """The bags of each region. `words` are the prompt box's, which have emphasis and may be longer than a bag.

    Words that fit a bag join the path's prefix, so that they stand in every bag; longer ones stand beside the region's
    bags, as the host would encode them by themselves.
    """
    words = words.strip()
    ids = tuple(host.tokenize(words))
    fits = len(ids) <= BAG_LIMIT
    paths = region_paths(canvas, wording.style)
    mixed = mix_prompt(paths, words, wording.mixing) if fits else paths
    parts = parts_of(mixed, lambda item: host.tokenize(_syntax(item, words)), method=wording.method)
    if fits or wording.mixing is PromptMixing.IGNORE:
        return parts
    joined = len(parts) if wording.mixing is PromptMixing.EVERY_REGION else 1
    own = Bag((words,), ids)
    return (*(replace(part, bags=_with_bag(part.bags, own)) for part in parts[:joined]), *parts[joined:])


def texts_of(parts: Sequence[Part], words: str) -> list[str]:
    """The text of every bag of `parts`, for the host's encoder."""
    return [" ".join(_syntax(item, words.strip()) for item in bag.prompts) for bag in bags_of(parts)]


def literal(text: str) -> str:
    """The text as the WebUI's prompt syntax writes it: brackets are no emphasis, BREAK is a word."""
    return re.sub(r"\bBREAK\b", "Break", re.sub(r"([()\[\]\\])", r"\\\1", text))


def _syntax(item: str, words: str) -> str:
    return item if item == words else literal(item)


def _with_bag(result: BagResult, bag: Bag) -> BagResult:
    return replace(result, bags=(*result.bags, bag))
