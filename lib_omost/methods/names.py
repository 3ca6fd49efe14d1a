"""The names of the methods, for settings that must not wait for torch."""

from __future__ import annotations

SCORE, SKETCH, DECOMPOSITION = "score", "sketch", "decomposition"
LAYOUT, PLAIN = "layout", "plain"
METHOD_NAMES = (SCORE, SKETCH, DECOMPOSITION, LAYOUT, PLAIN)
JOINT_METHODS = (LAYOUT, PLAIN)  # of models in which text and image stand in one sequence
AUTO = "auto"  # a setting's word for the first that the model can do
