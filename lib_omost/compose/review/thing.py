"""A thing that a message names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Named:
    """A thing behind an article or a number: its own words, the last of them its noun, and where they are."""

    words: tuple[str, ...]
    count: int
    start: int
    end: int

    @property
    def noun(self) -> str:
        return self.words[-1]

    def __str__(self) -> str:
        return " ".join(self.words)
