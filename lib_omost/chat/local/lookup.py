"""Prompt lookup: guessing how a reply goes on from what stands in the prompt and the reply already.

An edit turn repeats most of the canvas before it, and a first turn its own phrases. A run of tokens that has occurred
before mostly goes on as it did then (Saxena 2023, "Prompt Lookup Decoding"). Three steps more than there. Where the
reply leaves its source, as for the word that the user wants changed, the source is taken up again behind that place. A
source that agrees for less than the longest known run is left for the latest place of that run, also in the middle of a
draft. And each guess says how the run before it went on until now: one that went on in several ways is a bad guide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

LONGEST_RUN = 6  # tokens that are looked up together
SHORTEST_SOURCE = 2  # tokens that must agree for a new source
MOST_AGREEMENT = 40
WINDOW = 24  # tokens around the old source in which one equal token is enough to take it up again


class Before(Enum):
    """How the longest known run before a guess has gone on until now."""

    ONCE = "it occurred once"
    ALWAYS = "each time as guessed"
    LATELY = "as guessed the last two times, otherwise before"
    MIXED = "otherwise the last time or the one before"


@dataclass(frozen=True)
class Guess:
    """A token that may come next, and how far the text before it is that of its source."""

    token: int
    agreement: int
    before: Before


@dataclass(frozen=True)
class _Followers:
    """What came after a run: how many times anything did, how many of the last times alike, and where the last did."""

    times: int
    alike: int
    place: int


class PromptLookup:
    """The text so far, prompt and reply, as a source of drafts. Each token is indexed once."""

    def __init__(self, prompt: Sequence[int]) -> None:
        self._text: list[int] = []
        self._after: dict[tuple[int, ...], _Followers] = {}
        self._source: int | None = None  # the place in the text whose tokens are expected next
        self.extend(prompt)

    def extend(self, tokens: Sequence[int]) -> None:
        """The text goes on with these tokens."""
        text = self._text
        for token in tokens:
            self._index(token)
            source = self._source
            text.append(token)
            followed = source is not None and text[source] == token
            self._source = source + 1 if source is not None and followed else self._resumed(source)

    def guesses(self, draft: Sequence[int], most: int) -> list[Guess]:
        """Up to `most` tokens that may come after the text and `draft`; none where nothing is known."""
        text, source, agreement = self._text, self._source, self._agreement()
        for token in draft:
            follows = source is not None and source < len(text) and text[source] == token
            source, agreement = (source + 1, agreement + 1) if source is not None and follows else (None, 0)
        tail = [*text[-LONGEST_RUN:], *draft]
        found: list[Guess] = []
        while len(found) < most:
            length, after = self._longest_run(tail)
            if source is None or source >= len(text) or agreement < length:
                if after is None:
                    break
                source, agreement = after.place, length
            token = text[source]
            found.append(Guess(token, min(agreement, MOST_AGREEMENT), self._before(after, token)))
            tail.append(token)
            source, agreement = source + 1, agreement + 1
        return found

    def _longest_run(self, tail: Sequence[int]) -> tuple[int, _Followers | None]:
        """The longest run that `tail` ends with and that has occurred before."""
        for length in range(min(LONGEST_RUN, len(tail)), 0, -1):
            after = self._after.get(tuple(tail[-length:]))
            if after is not None:
                return length, after
        return 0, None

    def _before(self, after: _Followers | None, token: int) -> Before:
        if after is None or after.times == 1:
            return Before.ONCE
        if after.alike == 1 or self._text[after.place] != token:
            return Before.MIXED
        return Before.ALWAYS if after.alike == after.times else Before.LATELY

    def _agreement(self) -> int:
        """How many tokens before the source are those that the text ends with, at most MOST_AGREEMENT."""
        if self._source is None:
            return 0
        count, text, source = 0, self._text, self._source
        while count < min(MOST_AGREEMENT, source) and text[source - 1 - count] == text[-1 - count]:
            count += 1
        return count

    def _resumed(self, old: int | None) -> int | None:
        """A source for a text that has left the old one: a run that has occurred, else an equal token near the old."""
        text = self._text
        length, after = self._longest_run(text[-LONGEST_RUN:])
        if after is not None and length >= SHORTEST_SOURCE:
            return after.place
        if old is None:
            return None
        near = range(max(1, old - WINDOW // 2), min(old + WINDOW, len(text) - 1))
        places = [place + 1 for place in near if text[place] == text[-1]]
        return min(places, key=lambda place: abs(place - old), default=None)

    def _index(self, token: int) -> None:
        """`token` comes after every run that the text ends with."""
        text = self._text
        for length in range(1, min(LONGEST_RUN, len(text)) + 1):
            run = tuple(text[-length:])
            known = self._after.get(run)
            if known is None:
                self._after[run] = _Followers(1, 1, len(text))
            else:
                alike = known.alike + 1 if text[known.place] == token else 1
                self._after[run] = _Followers(known.times + 1, alike, len(text))
