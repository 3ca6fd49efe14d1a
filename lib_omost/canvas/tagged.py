"""Tags such as <lora:name:1> in a region's words: each becomes a LoRA of the region."""

from __future__ import annotations

from dataclasses import replace

from lib_omost.canvas.loras import MAX_LORAS, TAG, read_tags, without_tags
from lib_omost.canvas.model import Canvas, Region

TEXTS = ("description", "tags", "atmosphere", "style", "quality_meta")


def tags_taken_out(region: Region) -> tuple[Region, tuple[str, ...]]:
    """The region with the LoRA that its texts name among its own, without their tags, and what was done."""
    texts = [*(getattr(region, field) for field in TEXTS), *region.detailed_descriptions]
    if not any(TAG.search(text) for text in texts):
        return region, ()
    loras, lost = read_tags(" ".join(texts))
    room = MAX_LORAS - len(region.loras)
    notes = [f"{lora.tag} was taken out of the words and holds for its region" for lora in loras[:room]]
    notes += [f"left out {part}, which names no LoRA that fits" for part in (*lost, *(one.tag for one in loras[room:]))]
    cleaned = {field: without_tags(getattr(region, field)) for field in TEXTS}
    details = tuple(filter(None, map(without_tags, region.detailed_descriptions)))
    region = replace(
        region,
        loras=(*region.loras, *loras[:room]),
        detailed_descriptions=details,
        **cleaned,  # type: ignore[arg-type]
    )
    return region, tuple(notes)


def canvas_tags_taken_out(canvas: Canvas) -> tuple[Canvas, tuple[str, ...]]:
    """`tags_taken_out` of every region; the canvas itself where there is none."""
    both = [tags_taken_out(region) for region in canvas.regions]
    notes = dict.fromkeys(note for _, said in both for note in said)
    return (replace(canvas, regions=tuple(one for one, _ in both)), tuple(notes)) if notes else (canvas, ())
