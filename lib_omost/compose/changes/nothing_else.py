"""Clauses of a change that say that nothing else is to change, which is so by itself.

A small model takes their words, "only" and "nothing but", for a wish that all else should go.
"""

from __future__ import annotations

import re

from lib_omost.compose.language import is_surely_english

_CHANGE = "(?:touch|change|alter|modify|move)"
_OTHERS = "(?:rest|others|other things)"
_ELSE = f"(?:(?:everything|all) else|everything|all (?:of )?the {_OTHERS}|all others|all|the {_OTHERS})"
_AS_IT_IS = "(?:just |exactly )?(?:as|like|how|the way) (?:it|they|that) (?:is|are|was|were)"
_SO = f"(?: (?:alone|untouched|unchanged|the same|in place|put|{_AS_IT_IS}|as is|as before))"
_CLAUSES = (
    f"(?:do not|don't|never) {_CHANGE} (?:anything|any other thing)(?: else)?",
    f"{_CHANGE} nothing else",
    "nothing else(?: (?:changes|should change|is to change))?",
    f"(?:leave|keep|leaving|keeping) {_ELSE}{_SO}",
    f"{_ELSE} (?:stays?|remains?)(?: put)?{_SO}?",
)
_CLAUSE = re.compile(
    rf"(?P<before>^|[,;:.]\s*|\s+)(?:(?:but|and|while|just|please|,)\s+)*(?:{'|'.join(_CLAUSES)})(?: please)?"
    r"(?=\s*(?:[,;:.!]|and\b|but\b|$))",
    re.I,
)
_NOTHING_BUT = re.compile(rf"^(?:please )?{_CHANGE} (?:nothing|none) (?:but|except|other than) (?=.*[:,])", re.I)
_EDGE = re.compile(r"^(?:[\s,;:.]|(?:and|but|just|only)\b)+|[\s,;:]+$", re.I)
_LOOSE = re.compile(r"\s+(?=[.,;:!])|,\s*(?=\.)")


def what_changes(message: str) -> str:
    """An English change without those clauses; the same one where it has none, or says nothing besides."""
    if not is_surely_english(message):
        return message
    shorter = _NOTHING_BUT.sub("", _CLAUSE.sub(r"\g<before>", message))
    if shorter == message:
        return message
    shorter = _LOOSE.sub("", _EDGE.sub("", shorter))
    return shorter if len(shorter.split()) > 1 else message
