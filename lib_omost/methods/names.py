"""The names of the methods, for settings that must not wait for torch."""

from __future__ import annotations

SCORE, SKETCH, DECOMPOSITION, PLAIN = "score", "sketch", "decomposition", "plain"
METHOD_NAMES = (SCORE, SKETCH, DECOMPOSITION, PLAIN)
