"""What a job's canvases put into its infotext: absent things in the negative prompt, what was put right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lib_omost.canvas import ParsedReply
from lib_omost.prompts import negative_with
from lib_omost.settings.fields import TITLE
from lib_omost.ui.pictures import Pictures


def forbid(p: Any, pictures: Pictures) -> None:
    """What must be absent joins the job's negative prompts, which the host has set up by now, and so its infotext."""
    canvases, batch = pictures.canvases, pictures.batch
    for name in ("all_negative_prompts", "all_hr_negative_prompts"):
        if isinstance(prompts := getattr(p, name, None), list):
            own = (canvases[place // batch % len(canvases)] for place in range(len(prompts)))
            setattr(p, name, [negative_with(canvas, prompt) for canvas, prompt in zip(own, prompts, strict=True)])
    if isinstance(main := getattr(p, "main_negative_prompt", None), str):
        p.main_negative_prompt = negative_with(canvases[0], main)


def forget(p: Any, key: str) -> None:
    """Take what an earlier picture told under keys that begin so: a plot's cells and a batch's parts share them."""
    for name in [name for name in p.extra_generation_params if name.startswith(key)]:
        del p.extra_generation_params[name]


def repairs(parsed: Sequence[ParsedReply]) -> dict[str, str]:
    """What was put right or left out of the canvases, for the infotext: nothing is changed silently."""
    told: list[str] = []
    for number, each in enumerate(parsed):
        where = f"canvas {number + 1}, line" if number else "line"
        told += [f"{where} {correction.line}: {correction.message}" for correction in each.corrections]
        told += [f"{where} {problem.line}: left out: {problem.message}" for problem in each.problems]
    return {f"{TITLE} repair {number}": text for number, text in enumerate(told, 1)}
