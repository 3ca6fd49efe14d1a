"""The names of the methods, for settings that must not wait for torch."""

from __future__ import annotations

SCORE, SKETCH, DECOMPOSITION = "score", "sketch", "decomposition"
LAYOUT, PLAIN = "layout", "plain"
METHOD_NAMES = (SCORE, SKETCH, DECOMPOSITION, LAYOUT, PLAIN)
