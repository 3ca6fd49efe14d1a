"""The words that the composer knows: those of the plans it was trained on, and the commonest of English messages."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from composer_training.pairs import pair_at
from lib_omost.compose.vocabulary import LONGEST_WORD

WORDS = "words.txt"
MOST_READ = 20_000  # pairs; more of them hardly bring new words
_WORD = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*")
_COMMON = 15  # times: rarer words of messages are typing errors, too


def write_words(path: Path, seed: int, pairs: int) -> int:
    """Write the words of the first pairs of a run, one a line, which `compose.wording` reads. Returns how many."""
    known = known_words(seed, min(pairs, MOST_READ))
    path.write_text("".join(word + "\n" for word in sorted(known)), encoding="ascii")
    return len(known)


def known_words(seed: int, pairs: int) -> frozenset[str]:
    """Words of at most LONGEST_WORD characters."""
    written: set[str] = set()
    said: Counter[str] = Counter()
    for number in range(pairs):
        pair = pair_at(seed, number)
        written.update(_WORD.findall(pair.reply))
        if not pair.category.startswith("language"):
            said.update(set(_WORD.findall(pair.prompt.lower().splitlines()[-2].partition(": ")[2])))
    common = {word for word, times in said.items() if times >= _COMMON}
    return frozenset(word for word in written | common if len(word) <= LONGEST_WORD)
