"""Tags such as <lora:name:1> in a region's words: each becomes a LoRA of the region.

One within `{a|b}` holds only if it is chosen: it stays in the words until that is done. None can come and go while a
picture is drawn, so one within `[from:to:when]` is refused by its name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from lib_omost.canvas.choices import By, choices_in
from lib_omost.canvas.loras import MAX_LORAS, TAG, read_tags, without_tags
from lib_omost.canvas.model import Canvas, Region
from lib_omost.errors import BadInputError

TEXTS = ("description", "tags", "atmosphere", "style", "quality_meta")
Tag = tuple[str, By | None]  # as it is written, and what chooses whether it holds


def free_tags_taken_out(region: Region) -> tuple[Region, tuple[str, ...]]:
    """The region with the LoRA that hold whatever is chosen among its own, without their tags; and what was done.

    Also what will be refused when the picture is drawn.
    """
    if not (tags := _tags_of(region)):
        return region, ()
    region, notes = _moved(region, tags, (None,))
    return region, (*notes, *(_comes_and_goes(tag) for tag, by in tags if by is By.STEP))


def tags_taken_out(region: Region, *, is_literal: bool = False) -> tuple[Region, tuple[str, ...]]:
    """The region with all LoRA that its texts name among its own, once everything is chosen; and what was done.

    One within variants that nobody chose from is left out. is_literal: signs are plain words, so nothing is chosen.
    Raises BadInputError for a LoRA that were to come and go while the picture is drawn.
    """
    if not (tags := _tags_of(region, is_literal=is_literal)):
        return region, ()
    for tag, by in tags:
        if by is By.STEP:
            raise BadInputError(
                _comes_and_goes(tag), hint="take it out of the brackets: then it holds from the first step on"
            )
    region, notes = _moved(region, tags, (None, By.VARIANT))
    left = (f"left out {tag}: nothing chose among the variants that it is in" for tag, by in tags if by is By.VARIANT)
    return region, (*notes, *left)


def canvas_tags_taken_out(canvas: Canvas, *, is_literal: bool = False) -> tuple[Canvas, tuple[str, ...]]:
    """`tags_taken_out` of every region; the canvas itself where there is none."""
    both = [tags_taken_out(region, is_literal=is_literal) for region in canvas.regions]
    notes = dict.fromkeys(note for _, said in both for note in said)
    return (replace(canvas, regions=tuple(one for one, _ in both)), tuple(notes)) if notes else (canvas, ())


def _tags_of(region: Region, *, is_literal: bool = False) -> list[Tag]:
    texts = [*(getattr(region, field) for field in TEXTS), *region.detailed_descriptions]
    found = (_tags_in(text, is_literal=is_literal) for text in texts if TAG.search(text))
    return [(match[0], by) for each in found for match, by in each]


def _tags_in(text: str, *, is_literal: bool) -> list[tuple[re.Match[str], By | None]]:
    """Every tag, and what chooses it; where both would, the step."""
    choices = () if is_literal else choices_in(text)
    found: list[tuple[re.Match[str], By | None]] = []
    for match in TAG.finditer(text):
        around = {choice.by for choice in choices if choice.start < match.start() < choice.stop}
        found.append((match, next((by for by in (By.STEP, By.VARIANT) if by in around), None)))
    return found


def _moved(region: Region, tags: Sequence[Tag], taken: Collection[By | None]) -> tuple[Region, tuple[str, ...]]:
    """The region with its free tags among its LoRA, and all tags that are `taken` out of its words."""
    loras, lost = read_tags(" ".join(tag for tag, by in tags if by is None))
    room = MAX_LORAS - len(region.loras)
    notes = [f"{lora.tag} was taken out of the words and holds for its region" for lora in loras[:room]]
    notes += [f"left out {part}, which names no LoRA that fits" for part in (*lost, *(one.tag for one in loras[room:]))]
    places = iter([by in taken for _, by in tags])  # in the order of the texts

    def cleaned(text: str) -> str:
        return without_tags(text, [next(places) for _ in TAG.finditer(text)])

    texts = {field: cleaned(getattr(region, field)) for field in TEXTS}
    details = tuple(filter(None, map(cleaned, region.detailed_descriptions)))
    region = replace(region, loras=(*region.loras, *loras[:room]), detailed_descriptions=details, **texts)  # type: ignore[arg-type]
    return region, tuple(notes)


def _comes_and_goes(tag: str) -> str:
    return f"{tag} cannot stand in […]: a region's LoRA does not come and go while a picture is drawn"
