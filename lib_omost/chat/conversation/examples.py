"""Worked examples for models that were not trained on the Canvas: earlier rounds that show how it is used."""

from __future__ import annotations

from importlib.resources import files

from lib_omost.chat.conversation.history import read_history
from lib_omost.chat.model import Message


def worked_examples() -> tuple[Message, ...]:
    """The rounds of `examples.txt`, a history file."""
    text = files("lib_omost.chat.conversation").joinpath("examples.txt").read_text(encoding="utf-8")
    return read_history(text).messages()
