"""Values without a name behind one that has one: of a text that its own quotes or commas parted, or of a list."""

from __future__ import annotations

from collections.abc import Sequence

from lib_omost.canvas.calls import Argument
from lib_omost.canvas.report import Reports
from lib_omost.canvas.source import Source
from lib_omost.canvas.tokens import Token

_TEXTS = ("description", "atmosphere", "style", "quality_meta", "tags")
_LISTS = ("detailed_descriptions",)
_QUOTES = "'\"‘’“”"


def with_strays(source: Source, arguments: Sequence[Argument], reports: Reports) -> list[Argument]:
    """The arguments of a call; what Python would refuse behind a named one belongs to that: `tags='a', 'b'`."""
    kept: list[Argument] = []
    for argument in arguments:
        before = kept[-1] if kept else None
        is_stray = argument.name is None and bool(argument.tokens) and before is not None and bool(before.tokens)
        if before is None or not is_stray or before.name not in (*_TEXTS, *_LISTS):
            kept.append(argument)
        elif before.name in _LISTS:
            reports.correct(source.lines(argument.place), f"took a value without a name into {before.name}")
            kept[-1] = Argument(before.name, before.place, _listed(before.tokens, argument.tokens))
        else:
            reports.correct(source.lines(argument.place), f"joined what quotes or commas parted in {before.name}")
            kept[-1] = Argument(before.name, before.place, [_joined(source.text, before.tokens, argument.tokens)])
    return kept


def _listed(first: list[Token], second: list[Token]) -> list[Token]:
    """Both as one list."""
    inside = first[1:-1] if first[0].source == "[" and first[-1].source == "]" else first
    place = first[0].start
    comma = [Token("comma", ",", second[0].start, second[0].start)] if inside and inside[-1].kind != "comma" else []
    return [
        Token("open", "[", place, place),
        *inside,
        *comma,
        *second,
        Token("close", "]", second[-1].end, second[-1].end),
    ]


def _joined(text: str, first: list[Token], second: list[Token]) -> Token:
    """All that stands from the one to the other, as one text."""
    start, end = first[0].start, second[-1].end
    content = text[start:end].strip().rstrip(",").strip()
    if content[:1] in _QUOTES:
        content = content[1:]
    if content[-1:] in _QUOTES:
        content = content[:-1]
    return Token("string", repr(content), start, end, content)
