"""Variants and wildcards in a canvas's texts: `{a|b}` and `__name__`, drawn by a picture's seed."""

from __future__ import annotations

from dataclasses import replace

from lib_omost.canvas import Canvas
from lib_omost.canvas.tagged import canvas_tags_taken_out
from lib_omost.canvas.texts import texts_of, with_texts
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.capabilities.dynamic_prompts import Expand
from lib_omost.prompts import variants_of

ABSENT = "sd-dynamic-prompts, which would choose, is not there or switched off"


def has_variants(canvas: Canvas) -> bool:
    """Whether any of its texts leaves something to be chosen."""
    return any(map(variants_of, [*texts_of(canvas), *(region.negative for region in canvas.regions)]))


def chosen_variants(
    canvas: Canvas, seed: int, expand: Expand | None, *, negative_seed: int | None = None
) -> tuple[Canvas, tuple[str, ...]]:
    """The canvas with what `expand` chooses by `seed` in each text, and notes of what stays as it is written.

    Each text is chosen for by itself, so another region's choice does not move when one is edited. Pictures of a batch
    share their negative words, which go by `negative_seed`. Raises OmostError when the canvas gets too large.
    """
    notes: dict[str, None] = {}
    place = -1

    def chosen(text: str, key: str) -> str:
        if not (signs := variants_of(text)):
            return text
        if expand is None:
            notes.update(dict.fromkeys(f"{sign} stays as it is written: {ABSENT}." for sign in signs))
            return text
        try:
            found = expand(text, key)
        except Exception as error:  # noqa: BLE001 (another extension's, on a text of anyone's)
            notes[f"{text!r} stays as it is written: sd-dynamic-prompts cannot read it ({type(error).__name__})."] = (
                None
            )
            return text
        for sign in variants_of(found):
            notes[f"{sign} stays as it is written: sd-dynamic-prompts has nothing for it."] = None
        return found

    def of_text(text: str) -> str:
        nonlocal place
        place += 1
        return chosen(text, f"{seed}/{place}")

    first = seed if negative_seed is None else negative_seed
    try:
        canvas = with_texts(canvas, of_text)
        negatives = [
            " ".join(chosen(region.negative, f"{first}/negative {number}").split())
            for number, region in enumerate(canvas.regions)
        ]
        both = zip(canvas.regions, negatives, strict=True)
        canvas = replace(canvas, regions=tuple(replace(region, negative=negative) for region, negative in both))
    except ValueError as error:
        raise OmostError(f"a wildcard makes the canvas unusable: {error}", hint="choose a shorter one") from error
    canvas, told = canvas_tags_taken_out(canvas)
    return canvas, (*notes, *told)
