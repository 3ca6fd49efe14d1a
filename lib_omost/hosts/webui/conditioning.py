"""Canvas → conditioning objects of the WebUI, made with its own text encoder; the host's own objects are left alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.attention.context import RegionalContext
from lib_omost.canvas import Canvas
from lib_omost.hosts.parts import notes_of, spans_of
from lib_omost.hosts.webui.encoding import EncodingCache, encode_texts, tokens_of
from lib_omost.hosts.webui.host import Conditioning, Host
from lib_omost.hosts.webui.wording import Wording, texts_of, worded_parts
from lib_omost.prompts import PromptMixing


@dataclass(frozen=True)
class EncodedCanvas:
    """`context`: the tokens of all regions. `conditioning`: the same for the host's sampler, (T, C) or SDXL's dict."""

    context: RegionalContext
    conditioning: Conditioning
    notes: tuple[str, ...]


@dataclass(frozen=True)
class SteeredConditioning:
    """`multicond`: the sampler gets it. `contexts`: the canvases in it, one for each wording of the prompt box."""

    multicond: Any
    contexts: tuple[RegionalContext, ...]
    notes: tuple[str, ...]


def encode_canvas(
    host: Host, cache: EncodingCache, canvas: Canvas, wording: Wording, words: str, *, width: int, height: int
) -> EncodedCanvas:
    """Encode every bag of `canvas` with `words` of the prompt box. `width` and `height` are the pass's, in pixels."""
    parts = worded_parts(host, canvas, wording, words)
    rows = encode_texts(host, cache, texts_of(parts, words), width=width, height=height)
    tokens = torch.cat([tokens_of(row) for row in rows])
    first = rows[0]
    conditioning: Conditioning = tokens
    if isinstance(first, Mapping):  # the pooled vector is that of the global region's first bag
        conditioning = {**first, "crossattn": tokens}
    spans = spans_of(parts, [len(tokens_of(row)) for row in rows])
    return EncodedCanvas(RegionalContext(tokens, spans), conditioning, notes_of(parts))


def steer(
    host: Host,
    cache: EncodingCache,
    canvas: Canvas,
    wording: Wording,
    multicond: Any,
    *,
    prompts: Sequence[str],
    width: int,
    height: int,
) -> SteeredConditioning:
    """The host's MulticondLearnedConditioning with the first AND part of every picture replaced by the canvas.

    A new object of the same classes: the host keeps the old one in a cache for later jobs. `prompts` are the pictures'
    own, and so are the steps at which a prompt's words change.
    """
    encoded: dict[str, EncodedCanvas] = {}

    def canvas_with(words: str) -> Conditioning:
        if words not in encoded:
            encoded[words] = encode_canvas(host, cache, canvas, wording, words, width=width, height=height)
        return encoded[words].conditioning

    batch = []
    for number, (first, *others) in enumerate(multicond.batch):
        last = first.schedules[-1]  # named tuples: (end_at_step, cond)
        prompt = prompts[min(number, len(prompts) - 1)]
        timed = [(last.end_at_step, "")]
        if wording.mixing is not PromptMixing.IGNORE:
            timed = list(host.schedules(prompt, last.end_at_step))
        schedules = [type(last)(end_at_step, canvas_with(words)) for end_at_step, words in timed]
        batch.append([type(first)(schedules, first.weight), *others])
    notes = dict.fromkeys(note for one in encoded.values() for note in one.notes)
    contexts = tuple(one.context for one in encoded.values())
    return SteeredConditioning(type(multicond)(multicond.shape, batch), contexts, tuple(notes))


def carriers(context: torch.Tensor, canvases: Sequence[torch.Tensor]) -> list[int | None]:
    """(rows, tokens, C) and several (T, C) → for each row of a UNet call the number of the canvas it carries.

    Hosts order, pad, repeat and split rows in many ways; what they are conditioned on they carry along unchanged. Where
    one canvas begins like another the longer one is meant.
    """
    found: list[int | None] = [None] * len(context)
    for number in sorted(range(len(canvases)), key=lambda number: len(canvases[number])):
        tokens, channels = canvases[number].shape
        if context.shape[1] < tokens or context.shape[2] != channels:
            continue
        expected = canvases[number].to(context.device, context.dtype)
        alike = (context[:, :tokens] - expected).abs() <= 1e-2 * expected.abs() + 1e-3
        for row, is_alike in enumerate(alike.flatten(1).all(dim=1).tolist()):
            if is_alike:
                found[row] = number
    return found
