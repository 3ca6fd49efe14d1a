"""Texts as Qwen3 is shown them by image models: a user's message in the frame of a chat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lib_omost.hosts.diffusers.shared.pipeline import Pipeline

LENGTH = 512  # tokens of a message with its frame


@dataclass(frozen=True)
class Qwen3Message:
    """frame: what stands before a text and behind it."""

    pipeline: Pipeline
    frame: tuple[str, str]

    @property
    def limit(self) -> int:
        """Tokens that the frame leaves."""
        return LENGTH - len(self.tokenize("".join(self.frame)))

    def tokenize(self, text: str, /) -> Sequence[int]:
        """By Qwen's tokenizer."""
        ids: list[int] = self.pipeline.tokenizer(text, truncation=False).input_ids
        return ids

    def framed(self, text: str) -> list[int]:
        """The text in its frame, cut where it is too long."""
        return list(self.tokenize(text.join(self.frame)))[:LENGTH]
