"""Canvas → regional context: the first half of the road, the same in every host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.canvas import Canvas, Lora
from lib_omost.canvas.tagged import canvas_tags_taken_out
from lib_omost.hosts.host import EncodedText, Host
from lib_omost.hosts.loras import text_loras
from lib_omost.hosts.wording import Part, Wording, worded_parts
from lib_omost.methods.method import Method
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
    """Encode every bag of `canvas`, with `words` of the prompt box, and the bags `beside` it.

    The host is called once for each set of LoRA among the regions.

    Raises OmostError when the method needs what no host can do.
    """
    method = wording.steers
    canvas, told = canvas_tags_taken_out(canvas, is_literal=wording.literal)
    parts = worded_parts(host, canvas, wording, words)
    loras: list[tuple[Lora, ...]] = [(), *text_loras(canvas.far_to_near())]
    if len(parts) < len(loras):  # all words are one region's
        if any(loras):
            told = (*told, f"{without(method)}: the LoRA change no words, only their part of the picture")
        loras = [()]
        told = (*told, *left_out(canvas, method))
    bags = [bag for part in parts for bag in part.bags]
    with_loras = [own for part, own in zip(parts, loras, strict=True) for _ in part.bags]
    encoded = _encoded(host, [*bags, *beside], [*with_loras, *(() for _ in beside)])
    own = encoded[: len(bags)]
    tokens, padding = [one.tokens for one in own], own[len(parts[0].bags) - 1].padding
    if padding is not None:
        tokens[len(parts[0].bags) - 1] = torch.cat([tokens[len(parts[0].bags) - 1], padding])
    lengths = tuple(map(len, tokens))
    context = RegionalContext(torch.cat(tokens), spans_of(parts, lengths), texts=lengths)
    notes = (*told, *(note for part in parts for note in part.notes))
    return EncodedCanvas(context, own[0].others, tuple(encoded[len(bags) :]), notes)


def left_out(canvas: Canvas, method: Method) -> tuple[str, ...]:
    """What regions say that a method without regions of its own has no place for, as notes."""
    said = [
        ("negative words", any(region.negative for region in canvas.regions)),
        ("weights", any(region.weight != 1 for region in canvas.regions)),
    ]
    has_masks = any(region.mask for region in canvas.regions)
    notes = []
    if method.grounding is None:
        said.append(("masks", has_masks))
    else:
        said.append(("soft edges", any(region.edge for region in canvas.regions)))
        notes += [f"{without(method)}: of a mask it is the box around it"] * has_masks
    return (*(f"{without(method)}: their {what} were left out" for what, is_there in said if is_there), *notes)


def without(method: Method) -> str:
    """What a method that joins all words lacks, as a note begins."""
    return f"{method.name} has no regions" if method.grounding is None else f"{method.name} knows boxes alone"


def _encoded(host: Host, bags: Sequence[Bag], loras: Sequence[tuple[Lora, ...]]) -> list[EncodedText]:
    """Every bag with its own LoRA, in one call of the host for each set of these."""
    rows: dict[int, EncodedText] = {}
    for group in dict.fromkeys(loras):
        places = [place for place, own in enumerate(loras) if own == group]
        chosen = [bags[place] for place in places]
        rows.update(zip(places, host.encode(chosen, group) if group else host.encode(chosen), strict=True))
    return [rows[place] for place in range(len(bags))]


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
        spans.append(Span(start, stop, part.rect, tuple(own), len(part.bags), part.weight, part.edge, part.cells))
    return tuple(spans)
