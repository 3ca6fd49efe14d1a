"""The system prompt that the Omost models were trained on. It is a wire format: not a byte of it may change."""

from __future__ import annotations

from importlib.resources import files


def system_prompt() -> str:
    """The prompt as the Omost models know it: 1,269 bytes of ASCII, no newline at its end. [Omost]"""
    return files("lib_omost.chat.conversation").joinpath("system_prompt.txt").read_bytes().decode("ascii")
