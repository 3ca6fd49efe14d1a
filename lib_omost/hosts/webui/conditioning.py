"""The host's conditioning with a canvas in it: new objects of its own classes, while the old ones are left alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.attention.context import RegionalContext
from lib_omost.canvas import Canvas
from lib_omost.canvas.tagged import canvas_tags_taken_out
from lib_omost.errors import OmostError
from lib_omost.hosts.conditioning import EncodedCanvas, encode_canvas
from lib_omost.hosts.webui.capabilities.marks import marked_like
from lib_omost.hosts.webui.capabilities.processing import CROSSATTN, Conditioning
from lib_omost.hosts.webui.host import WebUIHost
from lib_omost.hosts.webui.timed import merged, timed_canvases
from lib_omost.hosts.wording import Wording
from lib_omost.prompts import PromptMixing


@dataclass(frozen=True)
class SteeredConditioning:
    """`multicond`: the sampler gets it. `contexts`: the canvases in it, one for each wording of the prompt box."""

    multicond: Any
    contexts: tuple[RegionalContext, ...]
    notes: tuple[str, ...]


def steer(
    host: WebUIHost, canvases: Sequence[Canvas], wording: Wording, multicond: Any, *, prompts: Sequence[str]
) -> SteeredConditioning:
    """The host's MulticondLearnedConditioning with the first AND part of every picture replaced by its canvas.

    A new object of the same classes: the host keeps the old one in a cache for later jobs. `canvases` and `prompts` are
    the pictures' own, the last one that of all others; so are the steps at which their words change.
    """
    _refuse_parts(host, multicond)
    batch: list[list[tuple[int, str, Canvas]]] = []
    notes: dict[str, None] = {}
    for number, (first, *_) in enumerate(multicond.batch):
        end = first.schedules[-1].end_at_step
        prompt, canvas = prompts[min(number, len(prompts) - 1)], canvases[min(number, len(canvases) - 1)]
        canvas, told = canvas_tags_taken_out(canvas, is_literal=wording.literal)
        timed, also = ([(end, canvas)], ()) if wording.literal else timed_canvases(canvas, end, host.text_schedule)
        notes |= dict.fromkeys((*told, *also))
        ignored = wording.mixing is PromptMixing.IGNORE
        batch.append(merged([(end, "")] if ignored else host.schedule(prompt, end), timed))
    encoded: dict[tuple[str, Canvas], EncodedCanvas] = {}
    for words, canvas in dict.fromkeys((words, canvas) for timed in batch for _, words, canvas in timed):
        encoded[words, canvas] = encode_canvas(host, canvas, wording, words)
    longest = max(len(one.context.embeddings) for one in encoded.values())
    steered = []
    for (first, *others), each in zip(multicond.batch, batch, strict=True):
        last = first.schedules[-1]  # named tuples: (end_at_step, cond)
        schedules = [
            type(last)(end, _for_the_sampler(encoded[words, canvas], last.cond, longest)) for end, words, canvas in each
        ]
        steered.append([type(first)(schedules, first.weight), *others])
    notes |= dict.fromkeys(note for one in encoded.values() for note in one.notes)
    contexts = tuple(one.context for one in encoded.values())
    return SteeredConditioning(type(multicond)(multicond.shape, steered), contexts, tuple(notes))


def _for_the_sampler(encoded: EncodedCanvas, given: Conditioning, longest: int) -> Conditioning:
    """As the host's own is: (T, C), or a dict with that and with the pooled vector of the global region's first bag.

    What else stands in the dict, such as Flux's guidance, is the host's. Where a prompt has an axis more, (1, T, C),
    the host only joins those that are equally long: zeros stand behind shorter ones, which no row of ours attends to.
    """
    tokens = encoded.context.embeddings
    like = given[CROSSATTN] if isinstance(given, Mapping) else given
    tokens = marked_like(tokens, like)
    if like.dim() > tokens.dim():
        zeros = tokens.new_zeros(longest - len(tokens), tokens.shape[1])
        tokens = torch.cat([tokens, zeros]).reshape(*like.shape[:-2], longest, -1)
    if isinstance(given, Mapping):
        return {**given, **encoded.others, CROSSATTN: tokens}
    return {**encoded.others, CROSSATTN: tokens} if encoded.others else tokens


def _refuse_parts(host: WebUIHost, multicond: Any) -> None:
    """Raise OmostError for AND where texts are as long as they are: the host would fill up the other parts' texts."""
    if not host.in_chunks and any(len(parts) > 1 for parts in multicond.batch):
        raise OmostError(
            "AND in the prompt box cannot stand beside regions with this kind of model",
            hint="take AND out of the prompt, or choose the method plain",
        )
