"""A WebUI's infotext: prompt, negative prompt, and a last line of `Key: value` pairs.

Source: `parse_generation_parameters` of A1111. A value with a comma, a colon or a new line is quoted as JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_PAIR = re.compile(r'(?:^|(?<=,))[ \t]{0,20}([\w./()-][\w ./()-]{0,59}?):[ \t]{0,20}("(?:\\.|[^\\"])*"|[^,]*)(?:,|$)')
_NEGATIVE = "Negative prompt:"


@dataclass(frozen=True)
class Infotext:
    """What an infotext says: `fields` are the pairs of its last line, all as texts."""

    prompt: str
    negative: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


def read_infotext(text: str, least: int = 3) -> Infotext:
    """Any text: one whose last line holds fewer than `least` pairs is all prompt, since prompts may hold colons."""
    text = text.strip().replace("\r\n", "\n")
    head, _, last = text.rpartition("\n")
    values = {key.strip(): _unquoted(value.strip()) for key, value in _PAIR.findall(last)}
    if len(values) < least:
        head, values = text, {}
    if head.startswith(_NEGATIVE):
        return Infotext("", head.removeprefix(_NEGATIVE).strip(), values)
    prompt, _, negative = head.partition(f"\n{_NEGATIVE}")
    return Infotext(prompt.strip(), negative.strip(), values)


def write_infotext(infotext: Infotext) -> str:
    """The text, with a new line at its end; a WebUI takes it when it is pasted into the prompt box and read there."""
    fields = ", ".join(f"{key}: {_quoted(value)}" for key, value in infotext.fields.items())
    negative = f"{_NEGATIVE} {infotext.negative}" if infotext.negative else ""
    return "\n".join(filter(None, (infotext.prompt, negative, fields))) + "\n"


def _quoted(value: str) -> str:
    is_plain = not any(mark in value for mark in ",:\n") and not value.startswith('"')
    return value if is_plain else json.dumps(value, ensure_ascii=False)


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        return value
