"""What a message that changes a canvas did to others than it names, or not to all that it names."""

from __future__ import annotations

from collections.abc import Iterator

from lib_omost.canvas.model import Canvas
from lib_omost.compose.known import known_words
from lib_omost.compose.review.english import can_be_seen, is_said, is_sure, stems, tokens
from lib_omost.compose.review.finding import Finding, noun_of
from lib_omost.compose.review.in_canvas import is_colored, texts_of
from lib_omost.compose.review.keeping import kept_regions
from lib_omost.compose.review.named import all_of, changed_together, every_one_of, one_of_several
from lib_omost.compose.review.places import is_at, place_behind
from lib_omost.compose.words import color_of

# With one of these a message means more, or other things than it names.
_REST = """
it its that this these those one ones them they him her he she other others rest all everything everyone only except but
keep stay stays else instead background scene undo back another new also anything nothing first last second thing things
"""
_OTHERS = frozenset(_REST.split())


def others_changed(message: str, before: Canvas, after: Canvas) -> Iterator[Finding]:
    """Regions that were changed while the message names other ones."""
    words = tokens(message)
    nouns = [noun_of(region) for region in before.regions]
    every = all_of(words, nouns)
    if {word for place, word in enumerate(words) if place not in every} & _OTHERS:
        return
    one = one_of_several(words, nouns, before.regions)
    if any(words[place - 1] == "the" and _is_unknown(word, before) for place, word in enumerate(words)):
        return  # by another name, one of them may be meant
    named = [n for n, noun in enumerate(nouns, 1) if noun in stems(words) and one.get(noun, n) == n]
    changed = [number for number, region in enumerate(before.regions, 1) if region not in after.regions]
    for number in changed if named else ():
        if number not in named:
            noun = noun_of(before.regions[number - 1])
            which = f"{noun} that was not meant" if noun in one else noun
            lacking, mended = f"the {which} is another, too", f"left the {which} alone"
            yield Finding("other", lacking, mended, noun, numbers=tuple(named))


def _is_unknown(word: str, canvas: Canvas) -> bool:
    """Whether a word names something that a canvas has by no word."""
    return word in known_words().nouns and can_be_seen(word) and not is_said(word, stems(texts_of(canvas)))


def left_as_it_was(message: str, before: Canvas, after: Canvas) -> Iterator[Finding]:
    """Things that are to be moved, coloured or resized with others, and are as they were."""
    together = changed_together(message, [noun_of(region) for region in before.regions])
    if together is None or set(tokens(message)) & _OTHERS or not is_sure(message):
        return
    color, place = color_of(" ".join(together.behind)), place_behind(together.behind)
    for number in together.numbers:
        region = before.regions[number - 1]
        is_so = (color and is_colored(region, color)) or (place and is_at(region.rect, place))
        if (color or place or together.resizes) and region in after.regions and not is_so:
            noun = noun_of(region)
            lacking, mended = f"the {noun} is as it was", f"changed the {noun}, too"
            yield Finding("unchanged", lacking, mended, noun, numbers=together.numbers)


def some_of_all(message: str, before: Canvas, after: Canvas) -> Iterator[Finding]:
    """Things that are named together and of which only some were changed: "the firs white"."""
    for noun, numbers in every_one_of(tokens(message), [noun_of(region) for region in before.regions]).items():
        changed = [number for number in numbers if before.regions[number - 1] not in after.regions]
        if 0 < len(changed) < len(numbers):
            lacking, mended = f"not every {noun} was changed", f"changed every {noun}"
            yield Finding("some", lacking, mended, noun, numbers=numbers)


def not_kept(message: str, before: Canvas, after: Canvas) -> Iterator[Finding]:
    """What alone was to stay is gone, or something else is there still."""
    nouns = {number: noun_of(region) for number, region in enumerate(before.regions, 1)}
    kept = kept_regions(message, before, nouns)
    if kept and sorted(nouns[number] for number in kept) != sorted(noun_of(region) for region in after.regions):
        named = " and ".join(f"the {nouns[number]}" for number in kept)
        yield Finding("kept", f"not only {named} is left", f"left only {named}", nouns[kept[0]], numbers=kept)
