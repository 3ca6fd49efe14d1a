"""What the user typed beside the canvas joins its paths: style words that every region should share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum

from lib_omost.prompts.paths import RegionPath


class PromptMixing(Enum):
    """Which paths the prompt box joins."""

    EVERY_REGION = "every region"
    GLOBAL_ONLY = "global only"
    IGNORE = "ignore"


def mix_prompt(paths: Sequence[RegionPath], words: str, mixing: PromptMixing) -> tuple[RegionPath, ...]:
    """The paths with `words`, as they are, behind their prefix: they stand in every bag that has room."""
    words = words.strip()
    if not words or mixing is PromptMixing.IGNORE:
        return tuple(paths)
    joined = 1 if mixing is PromptMixing.GLOBAL_ONLY else len(paths)
    return (
        *(replace(path, words=words) for path in paths[:joined]),
        *paths[joined:],
    )
