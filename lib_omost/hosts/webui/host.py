"""The row of what was found of a WebUI, for one pass of a job's sampler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lib_omost.hosts.host import EncodedText
from lib_omost.hosts.webui.capabilities.denoiser import WebUIDenoiser, denoiser_of
from lib_omost.hosts.webui.capabilities.encoder import text_encoder_of
from lib_omost.hosts.webui.capabilities.patches import patcher_of
from lib_omost.hosts.webui.capabilities.processing import Processing
from lib_omost.hosts.webui.capabilities.schedules import Schedule, schedule_of
from lib_omost.hosts.webui.capabilities.syntax import literal
from lib_omost.hosts.webui.encoding import EncodingCache, encode_texts
from lib_omost.hosts.webui.others import taken_by
from lib_omost.prompts import BAG_LIMIT, Bag


@dataclass(frozen=True)
class WebUIHost:
    """How one WebUI is asked; a `Host`.

    tokenize: a text in prompt syntax → the ids that the encoder gets; emphasis is no token, a textual inversion as many
        as it has vectors.
    encode: every bag by itself, known ones from the cache.
    schedule: prompt editing such as [from:to:when].
    denoiser: the UNet of the job's present model.
    taken_by: why another extension leaves no room for regions, or None.
    """

    tokenize: Callable[[str], Sequence[int]]
    encode: Callable[[Sequence[Bag]], Sequence[EncodedText]]
    schedule: Schedule
    denoiser: WebUIDenoiser
    taken_by: str | None = None
    literal: Callable[[str], str] = literal
    long_texts: bool = True
    bag_limit: int = BAG_LIMIT


def host_of(p: Processing, cache: EncodingCache, *, width: int, height: int) -> WebUIHost:
    """What is found of the WebUI that runs the job `p`; `width` and `height` are the pass's, in pixels.

    Raises OmostError for a kind of model whose attention has no regions.
    """
    denoiser = denoiser_of(p.sd_model)
    encoder = text_encoder_of(p)

    def encode(bags: Sequence[Bag]) -> list[EncodedText]:
        return encode_texts(encoder, cache, [bag.text for bag in bags], width=width, height=height)

    return WebUIHost(encoder.tokenize, encode, schedule_of(p), denoiser, taken_by(denoiser, patcher_of(p.sd_model)))
