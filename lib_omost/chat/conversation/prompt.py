"""What every prompt begins with: the system prompt, then worked examples for models that do not know the Canvas."""

from __future__ import annotations

from importlib.resources import files

from lib_omost.chat.conversation.history import read_history
from lib_omost.chat.model import LanguageModel, Message

SHORT = (
    "Compose the image that the user describes, or change the last one, as Python code: canvas = Canvas(), then one"
    " call of canvas.set_global_description(description, detailed_descriptions, tags, HTML_web_color_name), then for"
    " each thing one of canvas.add_local_description(location, offset, area, distance_to_viewer, description,"
    " detailed_descriptions, tags, atmosphere, style, quality_meta, HTML_web_color_name). location is 'in the center',"
    " 'on the left', 'on the right', 'on the top', 'on the bottom', 'on the top-left', …; offset is 'no offset' or"
    " 'slightly to the left', …, 'upper', 'lower-right'; area is 'a small', 'a medium-sized' or 'a large' 'square',"
    " 'vertical' or 'horizontal area'. Reply with the code alone."
)


def opening(model: LanguageModel) -> tuple[Message, ...]:
    """What every prompt of this model begins with: the system prompt, then worked examples if it needs them."""
    return openings(model)[0]


def openings(model: LanguageModel) -> list[tuple[Message, ...]]:
    """That, and shorter forms of it for a chat that would not fit beside: fewer examples, none, a short prompt.

    The prompt of a model that was trained on it is never another.
    """
    prompt = Message("system", system_prompt())
    if model.knows_canvas:
        return [(prompt,)]
    rounds = _rounds(worked_examples() if model.is_small else whole_examples())
    fewer = [rounds[:number] for number in range(len(rounds), 0, -1)]  # the first: later ones may change it
    with_examples = [(prompt, *(turn for round_ in some for turn in round_)) for some in fewer]
    return [*with_examples, (prompt,), (Message("system", SHORT),)]


def _rounds(turns: tuple[Message, ...]) -> list[tuple[Message, ...]]:
    return [turns[place : place + 2] for place in range(0, len(turns), 2)]


def system_prompt() -> str:
    """The prompt that the Omost models were trained on: 1,269 bytes of ASCII, no newline at its end. [Omost]

    It is a wire format: not a byte of it may change.
    """
    return _read("system_prompt.txt")


def worked_examples() -> tuple[Message, ...]:
    """The rounds of `examples.txt`, a history file: canvases so short that a very small model keeps count of them."""
    return read_history(_read("examples.txt")).messages()


def whole_examples() -> tuple[Message, ...]:
    """The rounds of `examples_whole.txt`: a canvas as rich as the Omost models write it, and a change of it."""
    return read_history(_read("examples_whole.txt")).messages()


def _read(name: str) -> str:
    return files("lib_omost.chat.conversation").joinpath(name).read_bytes().decode("utf-8")
