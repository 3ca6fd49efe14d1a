"""One call: its arguments as groups of tokens, with commas and brackets put right."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from lib_omost.canvas.limits import MAX_ARGUMENTS, MAX_DEPTH, MAX_TOKENS
from lib_omost.canvas.tokens import Token, tokens
from lib_omost.canvas.vocabulary import PEOPLES_LOCAL_FIELDS

_CLOSER = {"(": ")", "[": "]", "{": "}"}
_NEXT_ARGUMENT = re.compile(r"\s{0,64}[,，]?\s{0,64}[A-Za-z_]\w{0,60}\s{0,16}[=＝](?!=)")

_LONGEST_NAME = 60
_SPACED = {name.lower() for name in PEOPLES_LOCAL_FIELDS if "_" in name}
_MOST_WORDS = 8  # and signs between them, of a name that is written with blanks or hyphens
# What may stand before the bracket of an object around all arguments.
_AROUND = [("{", []), ("{", ["*", "*"]), ("(", ["*", "*", "dict"]), ("(", ["dict"])]
_NAMES_OF_ALL = ("params", "parameters", "args", "arguments", "kwargs", "options", "data", "fields", "props", "region")

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


def read_call(text: str, method: str, place: int, start: int, limit: int, *, inside: str = "") -> Call:
    """Read the arguments of the call at `place` from `start`, behind its bracket, to its end or to `limit`.

    `inside` is the bracket of an object that stands open around all of them.
    """
    reader = _Reader(text, Call(method, place, end=limit), limit)
    if inside:
        reader.around.append(_CLOSER[inside])
    return reader.read(start)


class _Reader:
    def __init__(self, text: str, call: Call, limit: int) -> None:
        self.text = text
        self.call = call
        self.limit = limit
        self.open: list[str] = []  # the closing brackets that are still to come
        self.around: list[str] = []  # those of an object around all arguments: `({…})`, `(**{…})`
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
        if call.ending == "cut" and self.is_half_a_name():
            self.current = None
        self.finish(self.limit)
        return call

    def is_half_a_name(self) -> bool:
        """Is the last thing before the end one word, which the name of an argument begins with?"""
        parts = self.current.tokens if self.current is not None and self.current.name is None and not self.open else []
        before = self.call.arguments[-1] if self.call.arguments else None
        return len(parts) == 1 and parts[0].kind == "name" and before is not None and before.name is not None

    def take(self, token: Token) -> bool:
        """Take in one token; True when it closes the call."""
        if token.repair:
            self.repair(token, token.repair)
        if token.kind == "keyword":
            self.take_keyword(token)
        elif token.kind == "comma":
            self.take_comma(token)
        elif token.kind == "open":
            self.take_open(token)
        elif token.kind == "close":
            return self.take_close(token)
        elif token.kind == "string":
            self.take_string(token)
        elif self.is_name_before(token):
            self.take_name(token)
        elif self.is_decimal(token):
            assert self.current is not None
            last = self.current.tokens.pop()
            self.add(last._replace(source=f"{last.source}.{token.source}", end=token.end))
        elif self.is_bullet(token):
            self.repair(token, "left out what stands before the items of a list")
        elif token.end < self.limit:  # a word or a number that the text's end touches may be half of one
            self.add(token)
        return False

    def is_bullet(self, token: Token) -> bool:
        """Is this a sign before the items of a list, or the dots that stand for more of them?"""
        if token.kind != "operator" or token.source not in ("-", "*", "•", ".", "…") or self.current is None:
            return False
        before = self.current.tokens[-1] if self.open and self.open[-1] == "]" and self.current.tokens else None
        if before is None or before.kind not in ("open", "comma", "string"):
            return False
        is_new_line = "\n" in self.text[before.end : token.start]
        return is_new_line or (token.source in (".", "…") and before.kind == "comma")

    def take_open(self, token: Token) -> None:
        """A bracket opens: a list, or an object around all arguments, as JavaScript and `**` have it."""
        before = [part.source for part in self.current.tokens] if self.current is not None else []
        name = self.current.name if self.current is not None else None
        is_own = name is not None and name.lower() not in _NAMES_OF_ALL
        if not self.open and not is_own and (token.source, before) in _AROUND:
            self.repair(token, "read an object as the arguments")
            self.current = None
            self.around.append(_CLOSER[token.source])
            return
        self.add(token)
        self.open.append(_CLOSER[token.source])

    def is_name_before(self, token: Token) -> bool:
        """Is this the colon behind an argument's name, as in `location: 'on the left'`?"""
        parts = self.current.tokens if self.current is not None else []
        is_sign = token.kind == "operator" and token.source in (":", "=") and not self.open and len(parts) == 1
        return is_sign and parts[0].kind in ("name", "string") and parts[0].content.count(" ") < 4

    def take_name(self, token: Token) -> None:
        assert self.current is not None
        (name,) = self.current.tokens
        if not self.around:
            self.repair(
                token, "read a colon as an equals sign" if token.source == ":" else "took the quotes off a name"
            )
        self.current = Argument((name.content or name.source)[:_LONGEST_NAME], name.start)

    def is_decimal(self, token: Token) -> bool:
        """Is this what stands behind the comma of a number, as in `distance_to_viewer=3,5`?"""
        last = self.call.arguments[-1] if self.call.arguments and self.current is None else None
        if token.kind != "number" or last is None or last.name is None or self.open:
            return False
        one = last.tokens[0] if len(last.tokens) == 1 else None
        touches = one is not None and one.end + 1 == token.start and self.text[one.end] in ",，"
        if not touches or one is None or one.kind != "number" or not (one.source.isdigit() and token.source.isdigit()):
            return False
        self.repair(token, f"read the comma in {last.name} as a decimal point")
        self.current = self.call.arguments.pop()
        return True

    def take_keyword(self, token: Token) -> None:
        if self.open and token.source not in PEOPLES_LOCAL_FIELDS:
            self.add(token._replace(kind="operator", source=token.source + "="))
            return
        if self.open:
            self.repair(token, "closed a list before the next argument")
        name = self.take_words_before(token)
        if not self.open and self.current is not None:
            self.repair(token, "added a missing comma")
        self.finish(token.start)
        self.current = Argument(name, token.start)

    def take_words_before(self, token: Token) -> str:
        """The name of an argument, with those words before it that belong to a known one: `quality meta=`."""
        parts = self.current.tokens if self.current is not None and not self.open else []
        words = [token.source]
        for count, part in enumerate(reversed(parts[-_MOST_WORDS:]), 1):
            if part.kind != "name" and part.source != "-":
                break
            words.insert(0, part.source.replace("-", ""))
            name = "_".join(filter(None, words))
            if name.lower() in _SPACED:
                del parts[-count:]
                if not parts and self.current is not None and self.current.name is None:
                    self.current = None
                return name
        return token.source

    def take_comma(self, token: Token) -> None:
        if not self.open:
            self.finish(token.start)
        elif self.current is not None and self.current.tokens[-1].kind not in ("comma", "open"):
            self.add(token)

    def take_close(self, token: Token) -> bool:
        if not self.open:
            if self.around and token.source == self.around[-1]:
                self.finish(token.start)
                self.around.pop()
                return False
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
        if before is not None and before.kind == "number" and self.open and before.source.rstrip(".").isdigit():
            assert self.current is not None
            self.current.tokens.pop()
            self.repair(token, "left out what stands before the items of a list")
            before = self.current.tokens[-1]
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
