"""Styles named in a canvas's texts, `<style:NAME>`: each is a prompt, and a negative one, that a host keeps by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from lib_omost.canvas.model import Canvas, Region
from lib_omost.canvas.texts import OF_CANVAS, OF_REGION, texts_of, with_texts
from lib_omost.errors import BadInputError

STYLE = re.compile(r"([\s,]*)<style:([^<>\n]{1,300})>", re.IGNORECASE)  # with what joins it to the words before it
WORDS = "{prompt}"  # in a style's own prompt: where the words stand
MOST_LISTED = 20


@dataclass(frozen=True)
class NamedStyle:
    """Its prompt and its negative prompt, each joined to words, or around them where it has a place for them."""

    prompt: str
    negative: str = ""


def names_styles(canvas: Canvas) -> bool:
    """Whether any of its texts, or of its regions' negative words, names one."""
    texts = (*texts_of(canvas), *(region.negative for region in canvas.regions))
    return any(STYLE.search(text) for text in texts)


def with_styles(
    canvas: Canvas, styles: Mapping[str, NamedStyle], *, has_negatives: bool = True
) -> tuple[Canvas, tuple[str, ...]]:
    """The canvas with each style's prompt in the place of its name, and notes of what has no place.

    A style in a region's words has its negative prompt in the region's negative words, where the model `has_negatives`.
    Raises BadInputError for a name that is none of `styles`, and where the canvas gets too large.
    """
    if not names_styles(canvas):
        return canvas, ()
    notes = [_not_everywhere(name) for name in _names_in(canvas, OF_CANVAS) if _known(name, styles).negative.strip()]

    def negative_of(region: Region) -> str:
        own = styled(region.negative, lambda name: _known(name, styles).negative)
        for name in _names_in(region, OF_REGION):
            negative = _known(name, styles).negative
            if negative.strip() and not has_negatives:
                notes.append(f"The negative prompt of the style {name} was left out: this kind of model has none here.")
            elif negative.strip():
                own = _joined(negative, own)
        return _on_one_line(own)

    try:
        regions = tuple(replace(region, negative=negative_of(region)) for region in canvas.regions)
        canvas = replace(canvas, regions=regions)
        canvas = with_texts(canvas, lambda text: styled(text, lambda name: _known(name, styles).prompt))
    except ValueError as error:
        raise BadInputError(f"a style makes the canvas unusable: {error}", hint="choose a shorter one") from error
    return canvas, tuple(dict.fromkeys(notes))


def without_styles(canvas: Canvas) -> tuple[Canvas, tuple[str, ...]]:
    """The canvas without their names, and a note for each: where no host keeps styles they are no words either."""
    if not names_styles(canvas):
        return canvas, ()
    left = dict[str, None]()

    def taken_out(name: str) -> str:
        left[f"The style {name} was left out of the words: styles are a WebUI's, and there is none here."] = None
        return ""

    regions = tuple(replace(region, negative=styled(region.negative, taken_out)) for region in canvas.regions)
    return with_texts(replace(canvas, regions=regions), lambda text: styled(text, taken_out)), tuple(left)


def styled(text: str, prompt_of: Callable[[str], str]) -> str:
    """A text with `prompt_of` each name in its place; one that has a place for words stands around all the others."""
    if not STYLE.search(text):
        return text
    around: list[str] = []

    def put(match: re.Match[str]) -> str:
        prompt = prompt_of(match[2].strip())
        if WORDS in prompt:
            around.append(prompt)
            return ""
        return f"{match[1]}{prompt.strip()}" if prompt.strip() else ""

    words = STYLE.sub(put, text).strip().removeprefix(",").strip()
    for prompt in around:
        words = _joined(prompt, words)
    return _on_one_line(words)


def _joined(prompt: str, words: str) -> str:
    """As hosts join a style to a prompt."""
    return prompt.replace(WORDS, words) if WORDS in prompt else ", ".join(filter(None, (words.strip(), prompt.strip())))


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _names_in(part: Canvas | Region, fields: tuple[str, ...]) -> Iterator[str]:
    """Each once, in the order of its texts."""
    texts = [*(getattr(part, field) for field in fields), *part.detailed_descriptions]
    yield from dict.fromkeys(match[2].strip() for text in texts for match in STYLE.finditer(text))


def _known(name: str, styles: Mapping[str, NamedStyle]) -> NamedStyle:
    if (style := styles.get(name)) is not None:
        return style
    near = {known: SequenceMatcher(None, known.lower(), name.lower()).ratio() for known in styles}
    listed = ", ".join(sorted(styles, key=lambda known: -near[known])[:MOST_LISTED])
    more = f" or {len(styles) - MOST_LISTED} more" if len(styles) > MOST_LISTED else ""
    hint = f"choose one of {listed}{more}" if styles else "this WebUI has no styles: take its name out of the words"
    raise BadInputError(f"there is no style {name!r}", hint=hint)


def _not_everywhere(name: str) -> str:
    return (
        f"The negative prompt of the style {name} was left out: it stands in the whole picture's words, which have "
        "none of their own. Chosen at the prompt box it holds."
    )
