"""What every prompt begins with: the system prompt, then worked examples for models that do not know the Canvas."""

from __future__ import annotations

from importlib.resources import files

from lib_omost.chat.conversation.history import read_history
from lib_omost.chat.model import LanguageModel, Message


def opening(model: LanguageModel) -> tuple[Message, ...]:
    """What every prompt of this model begins with: the system prompt, then worked examples if it needs them."""
    prompt = Message("system", system_prompt())
    return (prompt,) if model.knows_canvas else (prompt, *worked_examples())


def system_prompt() -> str:
    """The prompt that the Omost models were trained on: 1,269 bytes of ASCII, no newline at its end. [Omost]

    It is a wire format: not a byte of it may change.
    """
    return _read("system_prompt.txt")


def worked_examples() -> tuple[Message, ...]:
    """The rounds of `examples.txt`, a history file: they show how the Canvas is used."""
    return read_history(_read("examples.txt")).messages()


def _read(name: str) -> str:
    return files("lib_omost.chat.conversation").joinpath(name).read_bytes().decode("utf-8")
