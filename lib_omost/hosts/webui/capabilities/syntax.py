"""The WebUIs' prompt syntax."""

from __future__ import annotations

import re

from lib_omost.prompts.networks import NETWORK

AND = re.compile(r"\bAND\b(?!_)")  # parts of a prompt; AND_PERP and its like are extensions'
EMPHASIS = re.compile(r"(?<!\\)[(\[]")  # a bracket that changes how what it holds is encoded


def literal(text: str) -> str:
    """The text as the WebUI's prompt syntax writes it: brackets are no emphasis, BREAK is a word, LoRA tags go.

    A bracket that stands with a backslash already, as people write it for WebUIs, is the same bracket.
    """
    text = " ".join(NETWORK.sub(" ", text).split()) if NETWORK.search(text) else text
    text = re.sub(r"\\([()\[\]])", r"\1", text)
    return re.sub(r"\bBREAK\b", "Break", re.sub(r"([()\[\]\\])", r"\\\1", text))
