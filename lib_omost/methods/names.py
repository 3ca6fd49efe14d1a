"""The names of the methods, for settings that must not wait for torch."""

from __future__ import annotations

SCORE, DECOMPOSITION, LAYOUT, PLAIN = "score", "decomposition", "layout", "plain"
METHOD_NAMES = (SCORE, DECOMPOSITION, LAYOUT, PLAIN)
