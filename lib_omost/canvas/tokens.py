"""The tokens of a call's arguments. Forgiving where Python's tokenizer stops, and of one pass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from lib_omost.canvas.strings import OPENING, PREFIX, read_quoted
from lib_omost.canvas.vocabulary import GLOBAL_METHOD, LOCAL_METHOD

Kind = Literal["string", "number", "name", "keyword", "open", "close", "comma", "operator", "call"]


class Token(NamedTuple):
    """`source` is what Python reads; `keyword` is `name=` with only the name as its source.

    `call` is the beginning of the next call, which shows that this one was never closed.
    """

    kind: Kind
    source: str
    start: int
    end: int
    content: str = ""  # of a string: what stands between the quotes
    closed: bool = True  # False for a string that the text's end cut off
    repair: str = ""  # what was put right in it


_ASCII = str.maketrans("（）【】，、;＝：｛｝［］", "()[],,,=:{}[]")
_TOKEN = re.compile(
    rf"""
    (?P<hex>    (?<=[=＝])[ \t]{{0,4}}\#(?:[0-9a-fA-F]{{8}}|[0-9a-fA-F]{{6}}|[0-9a-fA-F]{{3,4}})(?=\s*[,，)）}}\n]) )
  | (?P<blank>  (?:[\s\\\ufeff\u200b]|(?:\#|//)[^\n]*|/\*.*?(?:\*/|\Z))+ )
  | (?P<string> {PREFIX}[{OPENING}] )
  | (?P<call>   (?:\w{{1,60}}\s?\.\s?)?(?i:{GLOBAL_METHOD}|{LOCAL_METHOD})[ \t]*[(（]
              | \w{{1,60}}[ ]?=[ ]?(?:\w{{1,60}}\.)?Canvas[ \t]*[(（] )
  | (?P<keyword>[A-Za-z_]\w{{0,60}} ) \s{{0,16}}(?:[=＝]{{1,3}}>?|:[=＝]|-{{1,2}}>|→)
  | (?P<number> \.?\d[\d_.]*(?:[eE][+-]?\d+)?\w* )
  | (?P<name>   [^\W\d]\w* )
  | (?P<open>   [(\[{{（【｛［] )
  | (?P<close>  [)\]}}）】｝］] )
  | (?P<comma>  [,，、;] )
  | (?P<operator> . )
    """,
    re.VERBOSE | re.DOTALL,
)


def tokens(text: str, start: int, limit: int) -> Iterator[Token]:
    """The tokens of text[start:limit]; white space and comments are left out."""
    place = start
    while place < limit:
        match = _TOKEN.match(text, place, limit)
        assert match is not None  # the last alternative takes any character, `blank` takes line ends
        kind = match.lastgroup
        if kind == "string":
            quoted = read_quoted(text, place, limit)
            yield Token("string", quoted.source, place, quoted.end, quoted.content, quoted.closed, quoted.repair)
            place = quoted.end
            continue
        if kind == "hex":  # a colour without quotes is no comment
            yield Token("name", match[0].strip(), match.end() - len(match[0].strip()), match.end())
        elif kind != "blank":
            source = match[kind] if kind == "keyword" else match[0].translate(_ASCII)
            yield Token(kind, source, place, match.end(), repair=_sign_repair(match))  # type: ignore[arg-type]  # the groups are the kinds
        place = match.end()


def _sign_repair(match: re.Match[str]) -> str:
    """What is said of the sign behind an argument's name, where it is no equals sign."""
    sign = match[0][len(match["keyword"]) :].strip() if match.lastgroup == "keyword" else "="
    return "" if sign in ("=", "＝") else f"read {sign} as an equals sign"
