"""The history file: a chat as readable Markdown, the form in which the Omost readme shows its transcripts.

    ### User

    generate an image of a lighthouse

    ### Assistant

    ```python
    canvas = Canvas()
    …

Turns alternate and start with the user's; a last message without a reply is the one that waits. Space around a turn
does not count. A line of a turn that reads like a heading is written with a backslash before it (and one that already
has backslashes with one more), so every conversation is read back as it was written.
"""

from __future__ import annotations

import re

from lib_omost.chat.conversation.conversation import Conversation
from lib_omost.errors import BadInputError

_USER, _ASSISTANT = "### User", "### Assistant"
# The original's first transcripts say "### Assistant (model response)"; other programs name the two otherwise.
_HEADING = re.compile(
    r"(?P<escape>\\*)#{2,4}[ \t]?(?:(?P<user>user|human)|(?P<assistant>assistant|model|bot))"
    r"(?:[ \t]?\([^()\n]{1,40}\))?:?[ \t]*",
    re.IGNORECASE,
)


def write_history(conversation: Conversation) -> str:
    """The conversation as the text of a history file."""
    headings = {"user": _USER, "assistant": _ASSISTANT}
    return "\n".join(f"{headings[turn.role]}\n\n{_escape(turn.content)}\n" for turn in conversation.messages())


def read_history(text: str) -> Conversation:
    """The conversation in a history file: `read_history(write_history(c)) == c`.

    Raises BadInputError with the 1-based line at which a turn is missing, out of order or empty.
    """
    conversation = Conversation()
    for line, heading, content in _sections(text):
        expected = _USER if conversation.pending is None else _ASSISTANT
        if heading != expected:
            raise _bad(line, f"found {heading!r}", f"{expected!r}")
        if not content:
            raise _bad(line, f"nothing follows {heading!r}", "the text of the turn")
        try:
            conversation = conversation.ask(content) if heading == _USER else conversation.answer(content)
        except BadInputError as error:
            raise _bad(line, str(error), "plain text") from error
    return conversation


def _sections(text: str) -> list[tuple[int, str, str]]:
    """(line of the heading, heading, text below it) of every turn."""
    found: list[tuple[int, str, list[str]]] = []
    for number, line in enumerate(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        match = _HEADING.fullmatch(line)
        if match and not match["escape"]:
            found.append((number, _USER if match["user"] else _ASSISTANT, []))
        elif found:
            found[-1][2].append(line[1:] if match else line)
        elif line.strip():
            raise _bad(number, f"found {line.strip()[:40]!r}", f"{_USER!r}")
    return [(number, heading, "\n".join(lines).strip()) for number, heading, lines in found]


def _escape(content: str) -> str:
    return "\n".join("\\" + line if _HEADING.fullmatch(line) else line for line in content.split("\n"))


def _bad(line: int, what: str, expected: str) -> BadInputError:
    return BadInputError(
        f"history, line {line}: {what} (expected {expected})", hint="correct that line, or start a new history file"
    )
