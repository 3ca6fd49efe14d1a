"""The host's conditioning with a canvas in it: new objects of its own classes, while the old ones are left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lib_omost.attention.context import RegionalContext
from lib_omost.canvas import Canvas
from lib_omost.hosts.conditioning import EncodedCanvas, encode_canvas
from lib_omost.hosts.webui.capabilities.processing import CROSSATTN, Conditioning
from lib_omost.hosts.webui.host import WebUIHost
from lib_omost.hosts.wording import Wording
from lib_omost.prompts import PromptMixing


@dataclass(frozen=True)
class SteeredConditioning:
    """`multicond`: the sampler gets it. `contexts`: the canvases in it, one for each wording of the prompt box."""

    multicond: Any
    contexts: tuple[RegionalContext, ...]
    notes: tuple[str, ...]


def steer(
    host: WebUIHost, canvas: Canvas, wording: Wording, multicond: Any, *, prompts: Sequence[str]
) -> SteeredConditioning:
    """The host's MulticondLearnedConditioning with the first AND part of every picture replaced by the canvas.

    A new object of the same classes: the host keeps the old one in a cache for later jobs. `prompts` are the pictures'
    own, and so are the steps at which a prompt's words change.
    """
    encoded: dict[str, EncodedCanvas] = {}

    def canvas_with(words: str) -> Conditioning:
        if words not in encoded:
            encoded[words] = encode_canvas(host, canvas, wording, words)
        return _for_the_sampler(encoded[words])

    batch = []
    for number, (first, *others) in enumerate(multicond.batch):
        last = first.schedules[-1]  # named tuples: (end_at_step, cond)
        prompt = prompts[min(number, len(prompts) - 1)]
        timed = [(last.end_at_step, "")]
        if wording.mixing is not PromptMixing.IGNORE:
            timed = list(host.schedule(prompt, last.end_at_step))
        schedules = [type(last)(end_at_step, canvas_with(words)) for end_at_step, words in timed]
        batch.append([type(first)(schedules, first.weight), *others])
    notes = dict.fromkeys(note for one in encoded.values() for note in one.notes)
    contexts = tuple(one.context for one in encoded.values())
    return SteeredConditioning(type(multicond)(multicond.shape, batch), contexts, tuple(notes))


def _for_the_sampler(encoded: EncodedCanvas) -> Conditioning:
    """(T, C), or SDXL's dict with the pooled vector of the global region's first bag."""
    tokens = encoded.context.embeddings
    return {**encoded.others, CROSSATTN: tokens} if encoded.others else tokens
