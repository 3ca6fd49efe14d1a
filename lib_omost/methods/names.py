"""The names of the methods, for settings that must not wait for torch."""

from __future__ import annotations

SCORE, DECOMPOSITION, PLAIN = "score", "decomposition", "plain"
METHOD_NAMES = (SCORE, DECOMPOSITION, PLAIN)
