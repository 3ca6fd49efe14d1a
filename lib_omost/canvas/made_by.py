"""What would run a call, perhaps more than once: a loop, or a function of the reply's own."""

from __future__ import annotations

import re

PREFIX_CHARS = 300  # of a call's line before it
LOOK_BACK = 1200  # characters before that line: enough to see what it stands in the body of

_BEFORE_FOR = re.compile(r"\s{0,40}for\b[^\n]{1,200}\bin\b")
_FUNCTION = re.compile(
    r"(?:async\s+)?(?:def|function|class)\s+(\w{1,60})|(?:const|let|var)?\s*(\w{1,60})\s*=\s*(?:async\s*)?"
    r"(?:function\b|\([^()\n]{0,200}\)\s*=>|\w{1,60}\s*=>|lambda\b)|(\w{1,60}\.forEach)\("
)


def made_by(text: str, start: int, end: int) -> str:
    """What the call from `start` to `end` stands in the body of, or with on its line; "" for nothing of that kind."""
    if _BEFORE_FOR.match(text, end):
        return "a loop"
    line_start = max(text.rfind("\n", max(0, start - PREFIX_CHARS), start) + 1, start - PREFIX_CHARS, 0)
    before = text[line_start:start]
    if re.search(r"\bfor\b.{1,200}\bin\b.{1,200}:", before):
        return "a loop"
    if named := _FUNCTION.search(before):
        return f"the function {named[1] or named[2] or named[3]}"
    indent = len(before) - len(before.lstrip())
    head = text[max(0, line_start - LOOK_BACK) : line_start].rstrip("\n")
    for line in reversed(head.split("\n")):
        depth = len(line) - len(line.lstrip())
        if not line.strip() or depth >= indent:
            continue
        if re.match(r"\s*(?:(?:async\s+)?for\b.*\bin\b|while\b).*:\s*(?:#.*)?\Z", line):
            return "a loop"
        if named := _FUNCTION.match(line.lstrip()):
            return f"the function {named[1] or named[2] or named[3]}"
        indent = depth
        if indent == 0:
            break
    return ""
