"""Canvas → regional context: the first half of the road, the same in every host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.canvas import Canvas
from lib_omost.errors import OmostError
from lib_omost.hosts.host import EncodedText, Host
from lib_omost.hosts.wording import Part, Wording, worded_parts
from lib_omost.methods.method import Method
from lib_omost.methods.registry import method_named
from lib_omost.prompts import Bag


@dataclass(frozen=True)
class EncodedCanvas:
    """context: the tokens of all regions. others: what else conditions the picture, of the global region's first bag.

    beside: what was encoded in the same call. notes: what the user should know, such as a sub-prompt that was split.
    """

    context: RegionalContext
    others: Mapping[str, torch.Tensor]
    beside: tuple[EncodedText, ...]
    notes: tuple[str, ...]


def encode_canvas(
    host: Host, canvas: Canvas, wording: Wording, words: str = "", *, beside: Sequence[Bag] = ()
) -> EncodedCanvas:
    """Encode every bag of `canvas`, with `words` of the prompt box, and the bags `beside` it, in one call of the host.

    Raises OmostError when the method needs what no host can do.
    """
    refuse_parts(method_named(wording.method))
    parts = worded_parts(host, canvas, wording, words)
    bags = [bag for part in parts for bag in part.bags]
    encoded = host.encode([*bags, *beside])
    own = encoded[: len(bags)]
    tokens, padding = [one.tokens for one in own], own[len(parts[0].bags) - 1].padding
    if padding is not None:
        tokens[len(parts[0].bags) - 1] = torch.cat([tokens[len(parts[0].bags) - 1], padding])
    lengths = tuple(map(len, tokens))
    context = RegionalContext(torch.cat(tokens), spans_of(parts, lengths), texts=lengths)
    notes = tuple(note for part in parts for note in part.notes)
    return EncodedCanvas(context, own[0].others, tuple(encoded[len(bags) :]), notes)


def spans_of(parts: Sequence[Part], bag_tokens: Sequence[int]) -> tuple[Span, ...]:
    """Where each part's tokens lie when the bags of all parts stand side by side; `bag_tokens` has one length a bag."""
    lengths = iter(bag_tokens)
    spans, stop = [], 0
    for part in parts:
        start, own = stop, []
        for number in range(len(part.bags)):
            words = stop + 1  # behind BOS
            stop += next(lengths)
            ranges = part.own[number] if part.own else ()
            own += [(words + first, words + last) for first, last in ranges if words + last <= stop]
        spans.append(Span(start, stop, part.rect, tuple(own), len(part.bags)))
    return tuple(spans)


def refuse_parts(method: Method) -> None:
    """Raise OmostError for a method with a part that no host gives a place: one that moves the latent before a step."""
    if method.guidance is not None:
        raise OmostError(
            f"the method {method.name} guides the latent, which Omost can do in no host", hint="choose another method"
        )
