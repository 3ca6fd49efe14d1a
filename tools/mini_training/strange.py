"""Words that mean nothing, which some samples have among their own: models are to pass over what they do not know."""

from __future__ import annotations

import string

import numpy as np

from mini_training.captions import scatter

STRANGE, MOST_STRANGE = 0.3, 12  # of the samples, and so many words in one
_SHORTEST, _LONGEST = 1, 9  # letters


def with_strange_words(text: str, rng: np.random.Generator) -> str:
    """The text, or in some of all calls one with made-up words among its own."""
    if rng.random() >= STRANGE:
        return text
    mixed = scatter(text.split(), "", int(rng.integers(1, MOST_STRANGE + 1)), rng)
    return " ".join(word or _made_up(rng) for word in mixed)


def _made_up(rng: np.random.Generator) -> str:
    letters = rng.choice(list(string.ascii_lowercase), int(rng.integers(_SHORTEST, _LONGEST + 1)))
    word = "".join(letters)
    return word.capitalize() if rng.random() < 0.5 else word
