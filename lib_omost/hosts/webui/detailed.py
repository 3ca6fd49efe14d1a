"""The prompt of something that was found in a picture: the words of the region that it lies in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lib_omost.canvas import Canvas, Region
from lib_omost.canvas.chosen import owner_of
from lib_omost.canvas.tagged import canvas_tags_taken_out
from lib_omost.hosts.webui.capabilities.syntax import AND, literal
from lib_omost.hosts.wording import Wording
from lib_omost.prompts import PromptMixing, negative_of_region, region_paths, sub_prompts
from lib_omost.prompts.networks import NETWORK, without_networks


def owner_in(canvas: Canvas, found: Any) -> Region | None:
    """The region that covers most of what was found, None where none does; LoRA tags in its words are its LoRA.

    found: a mask as a PIL image, or None.
    """
    canvas, _ = canvas_tags_taken_out(canvas)
    box = None if found is None else found.convert("L").getbbox()
    return None if box is None else owner_of(canvas, box, *found.size)


def prompt_of(canvas: Canvas, region: Region, wording: Wording, prompt: str) -> str:
    """The global description and the region's texts, its LoRA and what the prompt box says, in the host's syntax.

    `prompt` is the prompt box's: its words join those of every region, or none; its LoRA always hold. A LoRA of the
    region holds in all of what was found.
    """
    paths, _ = without_networks(region_paths(replace(canvas, regions=(region,)), wording.style))
    path = paths[1]
    texts = sub_prompts((*path.prefixes, *path.suffixes))
    words = AND.sub("And", " ".join(literal(text) if wording.literal else text for text in texts))
    loras = [lora.tag for lora in region.loras]
    if wording.mixing is PromptMixing.EVERY_REGION:
        return " ".join(part for part in (words, *loras, prompt.strip()) if part)
    return " ".join((words, *loras, *NETWORK.findall(prompt)))


def negative_of(region: Region, negative: str, *, is_literal: bool) -> str:
    """The negative prompt with the region's own words behind it."""
    own = literal(region.negative) if is_literal else region.negative
    return negative_of_region(negative, own)
