"""Words that stand for others: "a priest in a black one", "with his anvil in front of him"."""

from __future__ import annotations

import re

from lib_omost.compose.words import color_of, with_article

_PREPOSITION = r"(?:in|with|wearing|holding|carrying|on|under|beside|riding)"
_LOOK = r"(?:big|small|large|tiny|tall|short|old|new|round|square)"
_A_ONE = re.compile(rf"\b(?P<prep>{_PREPOSITION}) an? (?P<look>(?:[a-z]+ ){{1,2}})one\b(?! of\b)", re.I)
_END = r"(?=\s*(?:[.,;]|\b(?:and|on|in|at|next|beside)\b|$))"
_A_THING = re.compile(rf"\b(?P<prep>{_PREPOSITION}) an? (?P<look>[a-z]+(?: [a-z]+)??) (?P<noun>[a-z]+)\b{_END}", re.I)
_BY_ONE = (
    r"(?:(?:is |stands? |sits? |lies |standing |sitting |lying )?"
    r"(?:(?:in front of|behind|beside|next to|near|above|under|below|(?:to the )?(?:left|right) of) (?:him|her|it|them)"
    r"|(?:to|on|at) (?:his|her|its|their) (?:left|right)))"
)
_ITS = re.compile(rf"\b(?:his|her|its|their) (?P<thing>(?:[a-z-]+ ){{0,2}}[a-z-]+) (?={_BY_ONE}\b)", re.I)
_NAME = r"(?:(?!(?:and|or|on|in|at|of|with|is|are)\b)[a-z'-]+ ?){1,3}?"
_PAIR = re.compile(
    rf"\b(?:an?|one|the) (?P<former>{_NAME}) and (?:an?|one|the) (?P<latter>{_NAME})(?=\s*(?:[.,;:]|\b(?:on|in|at)\b))",
    re.I,
)
_OF_PAIR = re.compile(r"\bthe (?P<which>former|latter)\b", re.I)
# "one wears a red mask, the other a green one"
_ALSO = re.compile(
    r"\b(?P<has>wears|holds|carries|has|wearing|holding|carrying|with|in)"
    r" an? (?P<look>[a-z]+(?: [a-z]+)?) (?P<noun>[a-z]+)"
    r"(?P<between>[,;]? (?:and )?(?:the other|another)(?: one)?) an? (?P<other>[a-z]+(?: [a-z]+)?) one\b",
    re.I,
)
_NO_THING = frozenset(("left", "right", "head", "back", "side", "hand", "arm", "own"))


def without_pro_forms(message: str) -> str:
    """The message with the noun for "one" and an article for "his", where it is sure which thing they stand for."""
    message = _ITS.sub(_with_article, message)
    message = _ALSO.sub(r"\g<has> a \g<look> \g<noun>\g<between> \g<has> a \g<other> \g<noun>", message)
    pair = _PAIR.search(message)
    if pair is not None:
        message = message[: pair.end()] + _OF_PAIR.sub(
            lambda match: f"the {pair[match['which'].lower()].strip()}", message[pair.end() :]
        )
    for match in reversed(list(_A_ONE.finditer(message))):
        noun = _noun_before(message[: match.start()], match)
        if noun:
            message = f"{message[: match.end() - len('one')]}{noun}{message[match.end() :]}"
    return message


def _with_article(match: re.Match[str]) -> str:
    words = match["thing"].lower().split()
    return match[0] if _NO_THING & set(words) else with_article(match["thing"]) + " "


def _noun_before(before: str, one: re.Match[str]) -> str:
    """The noun of the last thing before it that has a look and hangs on the same word; "" where there is none."""
    if not _is_look(one["look"]):
        return ""
    alike = [
        each["noun"]
        for each in _A_THING.finditer(before)
        if each["prep"].lower() == one["prep"].lower() and _is_look(each["look"])
    ]
    return alike[-1] if alike else ""


def _is_look(words: str) -> bool:
    return color_of(words) is not None or re.search(rf"\b{_LOOK}\b", words, re.I) is not None
