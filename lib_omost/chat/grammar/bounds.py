"""How much a reply that is held to the grammar may say."""

from __future__ import annotations

from dataclasses import dataclass

from lib_omost.canvas.limits import MAX_CANVAS_CHARS, MAX_ITEMS, MAX_REGIONS

LONGEST_TEXT = 72  # a sub-prompt is to stay under the encoder's 75 tokens, with the full stop that is put behind it


@dataclass(frozen=True)
class Bounds:
    """How much a reply may say: least and most local regions and items of a list, and the longest texts.

    `sentence` bounds a description and a detailed description, `tags` the tags, `mood` atmosphere, style and
    quality_meta: so many characters of ASCII, or one for every `other_weight` if any is of another script. A CLIP token
    stands for one byte or more, so with the defaults no text, whatever it says, reaches 75 tokens. Raises
    ValueError when the bounds are empty or allow more than a canvas may hold.
    """

    regions: tuple[int, int] = (1, 8)
    items: tuple[int, int] = (0, 8)
    sentence: int = LONGEST_TEXT
    tags: int = LONGEST_TEXT
    mood: int = LONGEST_TEXT
    other_weight: int = 3

    def __post_init__(self) -> None:
        _check_counts("regions", self.regions, 1, MAX_REGIONS)
        _check_counts("items", self.items, 0, MAX_ITEMS)
        if min(self.sentence, self.tags, self.mood) < 1:
            raise ValueError("a text needs room for one character")
        if self.other_weight < 1:
            raise ValueError(f"other_weight {self.other_weight} is not positive")
        part = self.sentence * (1 + self.items[1]) + self.tags
        if part + self.regions[1] * (part + 3 * self.mood) > MAX_CANVAS_CHARS:
            raise ValueError(f"a reply of these bounds may have more than {MAX_CANVAS_CHARS} characters")


def _check_counts(name: str, counts: tuple[int, int], room: int, limit: int) -> None:
    least, most = counts
    if not 0 <= least <= most <= limit or most < room:
        raise ValueError(f"{name} {least} to {most} are not between 0 and {limit}")


# Room for all that the Omost models wrote in their published transcripts. Their training keeps sub-prompts short; one
# that is too long all the same is split where it is encoded, with a note.
OMOST_BOUNDS = Bounds(sentence=200, tags=400, mood=120, other_weight=1)

# Short texts: a very small model digresses in longer ones.
SMALL_MODEL_BOUNDS = Bounds(regions=(1, 5), items=(0, 0), sentence=72, tags=60, mood=40)
