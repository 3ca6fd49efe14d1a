"""The WebUIs' prompt syntax."""

from __future__ import annotations

import re

EMPHASIS = re.compile(r"(?<!\\)[(\[]")  # a bracket that changes how what it holds is encoded


def literal(text: str) -> str:
    """The text as the WebUI's prompt syntax writes it: brackets are no emphasis, BREAK is a word."""
    return re.sub(r"\bBREAK\b", "Break", re.sub(r"([()\[\]\\])", r"\\\1", text))
