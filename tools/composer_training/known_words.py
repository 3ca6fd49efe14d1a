"""The words that the composer knows: those of plans it was trained on, and the commonest of English messages.

A word that names things, the last one of what a message calls a thing, is marked as a noun.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from composer_training.pairs import pair_at
from lib_omost.compose.known import NOUN
from lib_omost.compose.plan_text import read_plan
from lib_omost.compose.vocabulary import LONGEST_WORD

WORDS = "words.txt"
MOST_READ = 20_000  # pairs; more of them hardly bring new words
_WORD = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*")
_PART = re.compile(r" (?:with|in|of|on|at|made|wearing|holding|carrying|covered|full|tied|wrapped|lit|alone) ")
_REPEATED = 3  # times: rarer words of plans are rare or made up, for the sake of their spelling
_COMMON = 15  # times: rarer words of messages are typing errors, too


def write_words(path: Path, seed: int, pairs: int) -> int:
    """Write the words of the first pairs of a run, one a line, as `compose.reply_words` reads them. Returns how many."""
    words, nouns = known_words(seed, min(pairs, MOST_READ))
    lines = (f"{word}{NOUN if word in nouns else ''}\n" for word in sorted(words))
    path.write_text("".join(lines), encoding="ascii")
    return len(words)


def known_words(seed: int, pairs: int) -> tuple[frozenset[str], frozenset[str]]:
    """Words of at most LONGEST_WORD characters, and which of them are nouns."""
    written: Counter[str] = Counter()
    nouns: set[str] = set()
    said: Counter[str] = Counter()
    for number in range(pairs):
        pair = pair_at(seed, number)
        written.update(set(_WORD.findall(pair.reply)))
        if not pair.category.startswith(("language", "edit")):
            nouns.update(_head(entry.thing) for entry in read_plan(pair.reply).entries)
        if not pair.category.startswith("language"):
            said.update(set(_WORD.findall(pair.prompt.lower().splitlines()[-2].partition(": ")[2])))
    repeated = {word for word, times in written.items() if times >= _REPEATED}
    common = {word for word, times in said.items() if times >= _COMMON}
    words = frozenset(word for word in repeated | common if len(word) <= LONGEST_WORD)
    return words, words & nouns


def _head(thing: str) -> str:
    """The noun of a thing: 'old house with a red roof' is a house."""
    before = _PART.split(thing, maxsplit=1)[0].split()
    return next((word for word in reversed(before) if not word.endswith(("ing", "ed"))), before[-1])
