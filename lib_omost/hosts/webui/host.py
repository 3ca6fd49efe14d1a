"""The row of what was found of a WebUI, for one pass of a job's sampler."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from lib_omost.canvas import Lora
from lib_omost.hosts.host import EncodedText
from lib_omost.hosts.webui.capabilities.denoiser import WebUIDenoiser, denoiser_of
from lib_omost.hosts.webui.capabilities.encoder import text_encoder_of
from lib_omost.hosts.webui.capabilities.loras import loras_of
from lib_omost.hosts.webui.capabilities.patches import patcher_of
from lib_omost.hosts.webui.capabilities.processing import Processing
from lib_omost.hosts.webui.capabilities.schedules import Schedule, schedule_of, text_schedule_of
from lib_omost.hosts.webui.capabilities.syntax import literal
from lib_omost.hosts.webui.encoding import EncodingCache, encode_texts
from lib_omost.hosts.webui.others import taken_by
from lib_omost.loras.difference import Difference
from lib_omost.prompts import BAG_LIMIT, Bag


class Encode(Protocol):
    """Of a `Host`."""

    def __call__(self, bags: Sequence[Bag], loras: Sequence[Lora] = (), /) -> Sequence[EncodedText]: ...


@dataclass(frozen=True)
class WebUIHost:
    """How one WebUI is asked; a `Host`.

    tokenize: a text in prompt syntax → the ids that the encoder gets; emphasis is no token, a textual inversion as many
        as it has vectors.
    encode: every bag by itself, known ones from the cache; under LoRA where some are given.
    schedule: prompt editing such as [from:to:when], of the prompt box. text_schedule: likewise, of a region's text.
    denoiser: the UNet of the job's present model. lora_layers: what a LoRA changes in it, by its layers' names.
    taken_by: why another extension leaves no room for regions, or None.
    in_chunks: whether encoded texts are as long as so many chunks of 75 tokens, else as long as they are.
    """

    tokenize: Callable[[str], Sequence[int]]
    encode: Encode
    schedule: Schedule
    text_schedule: Schedule
    denoiser: WebUIDenoiser
    lora_layers: Callable[[str], Mapping[str, Difference]]
    taken_by: str | None = None
    literal: Callable[[str], str] = literal
    long_texts: bool = True
    reads_syntax: bool = True
    bag_limit: int = BAG_LIMIT
    in_chunks: bool = True


def host_of(p: Processing, cache: EncodingCache, *, width: int, height: int) -> WebUIHost:
    """What is found of the WebUI that runs the job `p`; `width` and `height` are the pass's, in pixels.

    Raises OmostError for a kind of model whose attention has no regions.
    """
    denoiser = denoiser_of(p.sd_model)
    encoder = text_encoder_of(p)

    loras = loras_of(p.sd_model)

    def encode(bags: Sequence[Bag], own: Sequence[Lora] = (), /) -> list[EncodedText]:
        texts = [bag.text for bag in bags]
        if not own:
            return encode_texts(encoder, cache, texts, width=width, height=height)
        changed = replace(encoder, state=(encoder.state, tuple(own)))
        with loras.in_text(own):
            return encode_texts(changed, cache, texts, width=width, height=height)

    taken = taken_by(denoiser, patcher_of(p.sd_model))
    return WebUIHost(
        encoder.tokenize,
        encode,
        schedule_of(p),
        text_schedule_of(p),
        denoiser,
        loras.layers,
        taken,
        bag_limit=encoder.limit,
        in_chunks=encoder.in_chunks,
    )
