"""The tokens that begin and end a model's turn or its thinking, which some servers let through in a reply's text."""

from __future__ import annotations

import re

TURN_TOKEN = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|<｜[^｜<>\n]{1,40}｜>|</s>|<s>|<(?:end_of_turn|start_of_turn|eos|bos|eot_id|im_end)>|\[/?INST\]"
)
THINKING = "think|thinking|reasoning|thought"  # words of a tag around it
_ESCAPED = re.compile(rf"{TURN_TOKEN.pattern}|<(?i:{THINKING})>")
TAKEN_OUT = "took out tokens that begin or end a turn"


def without_turn_tokens(text: str) -> str:
    """A reply without them; what stands in it as an escape, like `\\u003c`, is a person's text and stays."""
    return TURN_TOKEN.sub("", text)


def in_comment(text: str) -> str:
    """A text of one line as it may stand in a comment, where Python knows no escapes: `from_comment` undoes it."""
    if _ESCAPED.search(text) is None and "\\u00" not in text:
        return text
    return re.sub(r"[\\<\[]", lambda char: f"\\u{ord(char[0]):04x}", text)


def from_comment(text: str) -> str:
    """The text of `in_comment`."""
    return re.sub(r"\\u(005c|003c|005b)", lambda escape: chr(int(escape[1], 16)), text)


def escape_turn_tokens(code: str) -> str:
    """Code whose texts hold such tokens all the same, as reading leaves them: their first character is escaped."""
    while _ESCAPED.search(code):
        code = _ESCAPED.sub(lambda token: f"\\u{ord(token[0][0]):04x}{token[0][1:]}", code)
    return code
