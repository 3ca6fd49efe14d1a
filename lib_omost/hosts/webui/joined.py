"""A canvas without regions: its words join the prompt, and the host conditions the picture on that by itself.

So it works with every model that the host can draw with, whatever its text encoder and its attention are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.canvas import GRID, Canvas
from lib_omost.hosts.conditioning import left_out
from lib_omost.hosts.webui.capabilities.marks import without_mark
from lib_omost.hosts.webui.capabilities.processing import CROSSATTN, is_hires
from lib_omost.hosts.webui.capabilities.syntax import AND, literal
from lib_omost.hosts.wording import Wording
from lib_omost.prompts import PromptMixing, joined_path, region_paths
from lib_omost.prompts.networks import without_networks

WEIGHT = re.compile(r":\s*[-+]?[\d.]+\s*$")  # of a part, at its end
PROMPTS, CONDITIONINGS = ("prompts", "hr_prompts"), ("c", "uc", "hr_c", "hr_uc")


@dataclass(frozen=True)
class JoinedText:
    """text: the words of a canvas, in prompt syntax. notes: what the user should know of them."""

    text: str
    notes: tuple[str, ...]


def joined_text(canvas: Canvas, wording: Wording) -> JoinedText:
    """Every sub-prompt of the canvas once, in order; where it is literal no sign has another meaning to a host."""
    paths, notes = without_networks(region_paths(canvas, wording.style))
    loras = dict.fromkeys(lora.tag for region in canvas.regions for lora in region.loras)
    notes += tuple(f"{tag} was left out: {wording.method} has no region that it could hold in." for tag in loras)
    notes += left_out(canvas, wording.steers)
    text = " ".join(literal(each) if wording.literal else each for each in joined_path(paths).suffixes)
    return JoinedText(AND.sub("And", text), notes)


def joined_prompt(text: str, prompt: str, mixing: PromptMixing) -> str:
    """The text in front of a prompt's first AND part, or in the place of that where the prompt box is ignored."""
    if mixing is PromptMixing.IGNORE:
        others = AND.search(prompt)
        prompt = prompt[others.start() :] if others else ""
    joined = f"{text} {prompt}".strip()
    return f"{joined}," if not prompt and WEIGHT.search(joined) else joined  # "half past 10:30." is no weight


def joined_conditioning(p: Any, texts: Sequence[str], mixing: PromptMixing) -> Any:
    """The conditioning that the host makes of the job's prompts with `texts`, one a picture, joined to them.

    The job's own stay.
    """
    is_second = is_hires(p)
    with _kept(p, (*PROMPTS, *CONDITIONINGS, "enable_hr")):
        p.enable_hr = is_second  # in the first pass the host would switch the networks to the second's and back
        for name in PROMPTS:
            if prompts := getattr(p, name, None):
                both = zip(cycle(texts), prompts, strict=False)
                setattr(p, name, [joined_prompt(text, prompt, mixing) for text, prompt in both])
        p.setup_conds()
        return p.hr_c if is_second else p.c


def whole_pictures(multicond: Any) -> list[RegionalContext]:
    """Each text that a conditioning holds, as one that the whole picture is of: rows are told by it."""
    conds = [one.cond for parts in multicond.batch for part in parts for one in part.schedules]
    texts = [without_mark(cond[CROSSATTN] if isinstance(cond, Mapping) else cond) for cond in conds]
    return [RegionalContext(text, (Span(0, len(text), (0, GRID, 0, GRID)),)) for text in texts]


@contextmanager
def _kept(p: Any, names: tuple[str, ...]) -> Iterator[None]:
    """What the job itself holds under these names is what it was when the block ends."""
    before = {name: vars(p)[name] for name in names if name in vars(p)}
    try:
        yield
    finally:
        for name in names:
            vars(p).pop(name, None)
        vars(p).update(before)
