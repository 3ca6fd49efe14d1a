"""The words that the composer knows, a list that comes with it."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from lib_omost.errors import ModelError
from lib_omost.shipped import shipped

NOUN = " n"  # behind a word of the list that names things


@dataclass(frozen=True)
class Known:
    """The words of the plans that the composer was trained on; `nouns` are those of them that name things."""

    words: frozenset[str]
    nouns: frozenset[str]


@functools.cache
def known_words() -> Known:
    """The list. Raises ModelError when it cannot be read."""
    file = shipped("assets", "composer", "words.txt")
    try:
        lines = file.read_text("ascii").splitlines()
    except (OSError, ValueError) as error:
        raise ModelError(f"{file} cannot be read: {error}", hint="install this program anew") from error
    nouns = frozenset(line.removesuffix(NOUN) for line in lines if line.endswith(NOUN))
    return Known(frozenset(line.removesuffix(NOUN) for line in lines), nouns)
