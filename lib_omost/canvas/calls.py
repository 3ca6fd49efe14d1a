"""One call: its arguments as groups of tokens, with commas and brackets put right."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from lib_omost.canvas.limits import MAX_ARGUMENTS, MAX_DEPTH, MAX_TOKENS
from lib_omost.canvas.tokens import Token, tokens
from lib_omost.canvas.vocabulary import PEOPLES_LOCAL_FIELDS

_CLOSER = {"(": ")", "[": "]", "{": "}"}
_NEXT_ARGUMENT = re.compile(r"\s{0,64}[,，]?\s{0,64}[A-Za-z_]\w{0,60}\s{0,16}=(?!=)")

Ending = Literal["closed", "unclosed", "cut", "too large"]


@dataclass
class Argument:
    """One argument. `name` is None for a positional one. `place` is where it begins in the text."""

    name: str | None
    place: int
    tokens: list[Token] = field(default_factory=list)


@dataclass
class Call:
    """A call as it was written: `arguments` in order, `repairs` as (place, what was put right).

    `ending` is how it ends: closed, unclosed (the next call begins), cut (the text or the reply ends), or too large.
    """

    method: str
    place: int
    arguments: list[Argument] = field(default_factory=list)
    repairs: list[tuple[int, str]] = field(default_factory=list)
    ending: Ending = "cut"
    end: int = 0


def read_call(text: str, method: str, place: int, start: int, limit: int) -> Call:
    """Read the arguments of the call at `place` from `start`, behind its bracket, to its end or to `limit`."""
    return _Reader(text, Call(method, place, end=limit), limit).read(start)


class _Reader:
    def __init__(self, text: str, call: Call, limit: int) -> None:
        self.text = text
        self.call = call
        self.limit = limit
        self.open: list[str] = []  # the closing brackets that are still to come
        self.current: Argument | None = None

    def read(self, start: int) -> Call:
        call = self.call
        for count, token in enumerate(tokens(self.text, start, self.limit)):
            if count >= MAX_TOKENS or len(call.arguments) >= MAX_ARGUMENTS or len(self.open) > MAX_DEPTH:
                call.ending, call.end = "too large", token.start
                return call
            if token.kind == "call":
                self.repair(token, "closed the brackets of a call before the next one")
                call.ending, call.end = "unclosed", token.start
                break
            if self.take(token):
                call.ending, call.end = "closed", token.end
                break
        self.finish(self.limit)
        return call

    def take(self, token: Token) -> bool:
        """Take in one token; True when it closes the call."""
        if token.repair:
            self.repair(token, token.repair)
        if token.kind == "keyword":
            self.take_keyword(token)
        elif token.kind == "comma":
            self.take_comma(token)
        elif token.kind == "open":
            self.add(token)
            self.open.append(_CLOSER[token.source])
        elif token.kind == "close":
            return self.take_close(token)
        elif token.kind == "string":
            self.take_string(token)
        elif token.end < self.limit:  # a word or a number that the text's end touches may be half of one
            self.add(token)
        return False

    def take_keyword(self, token: Token) -> None:
        if self.open and token.source not in PEOPLES_LOCAL_FIELDS:
            self.add(token._replace(kind="operator", source=token.source + "="))
            return
        if self.open:
            self.repair(token, "closed a list before the next argument")
        elif self.current is not None:
            self.repair(token, "added a missing comma")
        self.finish(token.start)
        self.current = Argument(token.source, token.start)

    def take_comma(self, token: Token) -> None:
        if not self.open:
            self.finish(token.start)
        elif self.current is not None and self.current.tokens[-1].kind not in ("comma", "open"):
            self.add(token)

    def take_close(self, token: Token) -> bool:
        if not self.open:
            if token.source != ")":
                self.repair(token, "left out a bracket too many")
            return token.source == ")"
        if token.source == self.open[-1]:
            self.add(token)
            self.open.pop()
            return False
        ends_call = token.source == ")" and ")" not in self.open
        if ends_call and not _NEXT_ARGUMENT.match(self.text, token.end, self.limit):
            self.repair(token, "closed a list at the end of the call")
            return True
        self.repair(token, "replaced a closing bracket of another kind")
        self.add(token._replace(source=self.open.pop()))
        return False

    def take_string(self, token: Token) -> None:
        if not token.closed:
            self.take_cut_string(token)
            return
        before = self.current.tokens[-1] if self.current is not None and self.current.tokens else None
        if before is not None and before.kind == "string" and self.is_item() and not _is_continued(before, token):
            self.repair(token, "added a missing comma")
            self.take_comma(token._replace(kind="comma", source=","))
        self.add(token)

    def take_cut_string(self, token: Token) -> None:
        """Of a text that was cut off, only the complete tags are worth keeping."""
        if self.current is not None and self.current.name == "tags" and not self.open:
            content, comma, _ = token.content.rpartition(",")
            if comma and "\\" not in content:
                self.add(token._replace(source=repr(content)))

    def is_item(self) -> bool:
        """Is the next token an item of a list, or a positional argument?"""
        assert self.current is not None
        return self.open[-1] in "]}" if self.open else self.current.name is None

    def add(self, token: Token) -> None:
        if self.current is None:
            self.current = Argument(None, token.start)
        self.current.tokens.append(token)

    def finish(self, place: int) -> None:
        """The argument ends; whatever bracket is open in it is closed."""
        if self.current is not None:
            while self.open:
                self.current.tokens.append(Token("close", self.open.pop(), place, place))
            self.call.arguments.append(self.current)
            self.current = None

    def repair(self, token: Token, what: str) -> None:
        self.call.repairs.append((token.start, what))


def _is_continued(first: Token, second: Token) -> bool:
    """Do two texts side by side make one, as in Python? White space at the seam tells it from a forgotten comma."""
    return first.content[-1:].isspace() or second.content[:1].isspace()
