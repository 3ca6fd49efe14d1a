"""Prompt lookup: guessing how a reply goes on from what stands in the prompt and the reply already.

An edit turn repeats most of the canvas before it, so a run of tokens that has occurred before mostly goes on as it did
then (Saxena 2023, "Prompt Lookup Decoding"). One step more than there: where the reply leaves its source, as for the
word that the user wants changed, the source is taken up again behind that place.
"""

from __future__ import annotations

from collections.abc import Sequence

LONGEST_RUN, SHORTEST_RUN = 4, 2  # tokens that must agree for a new source
MOST_AGREEMENT = 40
WINDOW = 24  # tokens around the old source in which one equal token is enough to take it up again


class PromptLookup:
    """The text so far, prompt and reply, as a source of drafts. Each token is indexed once."""

    def __init__(self, prompt: Sequence[int]) -> None:
        self._text: list[int] = []
        self._ends: dict[tuple[int, ...], int] = {}  # a run of tokens → where its latest occurrence ended
        self._source: int | None = None  # the place in the text whose tokens are expected next
        self.extend(prompt)

    def extend(self, tokens: Sequence[int]) -> None:
        """The text goes on with these tokens."""
        for token in tokens:
            self._source = self._followed()
            self._text.append(token)
            if self._source is None or self._text[self._source - 1] != token:
                self._source = self._resumed() or self._source
            self._index()

    def draft(self, most: int) -> list[int]:
        """Up to `most` tokens that may come next; none where nothing is known."""
        if self._source is None:
            return []
        return self._text[self._source : self._source + most]

    @property
    def agreement(self) -> int:
        """How many tokens before the source are those that the text ends with, at most MOST_AGREEMENT."""
        if self._source is None:
            return 0
        count, text, source = 0, self._text, self._source
        while count < min(MOST_AGREEMENT, source) and text[source - 1 - count] == text[-1 - count]:
            count += 1
        return count

    def _followed(self) -> int | None:
        """The source, one token on."""
        if self._source is None or self._source >= len(self._text):
            return None
        return self._source + 1

    def _resumed(self) -> int | None:
        """A source for a text that has left the old one: a run that has occurred, else an equal token near the old."""
        text = self._text
        for length in range(LONGEST_RUN, SHORTEST_RUN - 1, -1):
            end = self._ends.get(tuple(text[-length:]))
            if end is not None:
                return end
        if self._source is None:
            return None
        near = range(max(1, self._source - WINDOW // 2), min(self._source + WINDOW, len(text) - 1))
        places = [place + 1 for place in near if text[place] == text[-1]]
        return min(places, key=lambda place: abs(place - self._source), default=None)  # type: ignore[operator]

    def _index(self) -> None:
        for length in range(SHORTEST_RUN, LONGEST_RUN + 1):
            if len(self._text) >= length:
                self._ends[tuple(self._text[-length:])] = len(self._text)
