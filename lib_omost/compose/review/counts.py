"""What a message counts that is in another language, as far as its gloss says so, or in no sure one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from lib_omost.compose.gloss import glossed
from lib_omost.compose.review.english import BOUNDARIES, MARKS, NUMBERS, tokens


def counted_in_gloss(message: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """The words behind each number from two on, one of which is what is counted: "deux canards" → duck."""
    gloss = glossed(message)
    said = tokens(gloss.text if gloss else message)
    for place, word in enumerate(said):
        words = tuple(itertools.takewhile(lambda each: each not in BOUNDARIES | MARKS, said[place + 1 :]))
        if NUMBERS.get(word, 0) > 1 and words:
            yield words, NUMBERS[word]
