"""Negative words of regions in a WebUI: beside the host's own unconditional conditioning, which stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lib_omost.attention.context import RegionalContext
from lib_omost.canvas import Canvas, Region
from lib_omost.hosts.negatives import WITHOUT_GUIDANCE, negative_context, negative_regions, refuse_negatives
from lib_omost.hosts.webui.capabilities.marks import without_mark
from lib_omost.hosts.webui.capabilities.processing import CROSSATTN, is_hires
from lib_omost.hosts.webui.capabilities.syntax import AND
from lib_omost.hosts.webui.host import WebUIHost
from lib_omost.prompts import Bag, negative_of_region
from lib_omost.prompts.networks import NETWORK


@dataclass(frozen=True)
class KeptAway:
    """contexts: what rows follow that carry the unconditional conditioning, one for each wording of it. notes: for the
    user."""

    contexts: tuple[RegionalContext, ...] = ()
    notes: tuple[str, ...] = ()


def steer_negatives(
    p: Any, host: WebUIHost, canvas: Canvas, unconditional: Any, *, is_literal: bool = False
) -> KeptAway:
    """Nothing where no region has negative words, or where the job draws without guidance.

    unconditional: the host's, a list of schedules for each picture. is_literal: signs in regions' words are no syntax.
    Raises OmostError for a kind of model whose regions have none.
    """
    regions = negative_regions(canvas)
    if not regions:
        return KeptAway()
    if unconditional is None or _guidance_of(p) == 1:
        return KeptAway(notes=(WITHOUT_GUIDANCE,))
    refuse_negatives(host, canvas)
    prompts, notes = _negative_prompts(p), dict[str, None]()

    def pack(text: str) -> Sequence[Bag]:
        return (Bag((text,), tuple(host.tokenize(text))),)

    contexts: dict[str, RegionalContext] = {}
    for number, schedules in enumerate(unconditional):
        prompt = AND.sub("and", prompts[min(number, len(prompts) - 1)])  # no keyword in a negative prompt
        end = int(schedules[-1].end_at_step)
        timed = list(host.schedule(prompt, end)) or [(end, "")]
        own = [_own_words(host, region, end, notes, is_literal=is_literal) for region in regions]
        for made in schedules:
            words = next((words for until, words in timed if until >= made.end_at_step), timed[-1][1])
            if words not in contexts:
                tokens = made.cond[CROSSATTN] if isinstance(made.cond, Mapping) else made.cond
                texts = [negative_of_region(words, each) for each in own]
                contexts[words] = negative_context(host, regions, without_mark(tokens.flatten(0, -2)), texts, pack)
    return KeptAway(tuple(contexts.values()), tuple(notes))


def _own_words(host: WebUIHost, region: Region, end: int, notes: dict[str, None], *, is_literal: bool) -> str:
    """A region's negative words in the host's syntax, without what cannot hold in a region."""
    for tag in NETWORK.findall(region.negative):
        notes[f"{tag} was left out of a region's negative words, where no LoRA has a place."] = None
    words = AND.sub("and", " ".join(NETWORK.sub(" ", region.negative).split()))
    if is_literal:
        return host.literal(words)
    timed = [text for _, text in host.text_schedule(words, end)]
    if len(timed) > 1:
        notes[f"{words}: of what changes at a step in a region's negative words the last holds all along."] = None
    return timed[-1] if timed else words


def _negative_prompts(p: Any) -> Sequence[str]:
    prompts = getattr(p, "hr_negative_prompts", None) if is_hires(p) else None
    return list(prompts or getattr(p, "negative_prompts", None) or [""])


def _guidance_of(p: Any) -> float:
    """The CFG scale of the pass: where a host has one for the second pass, that."""
    second = (getattr(p, "hr_cfg", None) or getattr(p, "hr_cfg_scale", None)) if is_hires(p) else None
    return float(second or getattr(p, "cfg_scale", None) or 0)
