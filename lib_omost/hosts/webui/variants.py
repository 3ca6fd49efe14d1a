"""Variants and wildcards in a canvas's texts, `{a|b}` and `__name__` as a rule, drawn by a picture's seed."""

from __future__ import annotations

from dataclasses import replace

from lib_omost.canvas import Canvas
from lib_omost.canvas.tagged import canvas_tags_taken_out
from lib_omost.canvas.texts import texts_of, with_texts
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.capabilities.dynamic_prompts import Expander
from lib_omost.prompts import VariantSigns, variants_of
from lib_omost.prompts.syntax import USUAL_SIGNS

ABSENT = "sd-dynamic-prompts, which would choose, is not there or switched off"


def has_variants(canvas: Canvas, signs: VariantSigns = USUAL_SIGNS) -> bool:
    """Whether any of its texts leaves something to be chosen."""
    texts = [*texts_of(canvas), *(region.negative for region in canvas.regions)]
    return any(variants_of(text, signs) for text in texts)


def chosen_variants(
    canvas: Canvas, seed: int, expander: Expander | None, *, negative_seed: int | None = None
) -> tuple[Canvas, tuple[str, ...]]:
    """The canvas with what `expander` chooses by `seed` in each text, and notes of what stays as it is written.

    Each text is chosen for by itself, so another region's choice does not move when one is edited. Pictures of a batch
    share their negative words, which go by `negative_seed`. Raises OmostError when the canvas gets too large.
    """
    notes: dict[str, None] = {}
    place = -1
    own = USUAL_SIGNS if expander is None else expander.signs

    def chosen(text: str, key: str) -> str:
        if not (signs := variants_of(text, own)):
            return text
        if expander is None:
            notes.update(dict.fromkeys(f"{sign} stays as it is written: {ABSENT}." for sign in signs))
            return text
        try:
            found = expander.expand(text, key)
        except Exception as error:  # noqa: BLE001 (another extension's, on a text of anyone's)
            notes[f"{text!r} stays as it is written: sd-dynamic-prompts cannot read it ({type(error).__name__})."] = (
                None
            )
            return text
        for sign in variants_of(found, own):
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
