"""The names of the regional methods, for settings that must not wait for torch."""

from __future__ import annotations

SCORE, DECOMPOSITION = "score", "decomposition"
METHOD_NAMES = (SCORE, DECOMPOSITION)
