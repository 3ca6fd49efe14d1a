"""Quoted texts as language models write them: typographic quotes, quotes inside, quotes that are never closed."""

from __future__ import annotations

import re
from typing import NamedTuple

OPENING = "'\"‘’‚“”„«`´「『＂＇″"
PREFIX = r"(?:[rR][bBfF]?|[bBfF][rR]?|[uU])?"

_CLOSING = (
    {"'": "'", '"': '"'}
    | dict.fromkeys("‘’‚", "'‘’‚")
    | dict.fromkeys("“”„", '"“”„')
    | {"«": "»", "`": "`´", "´": "´`", "「": "」", "『": "』", "＂": "＂", "＇": "＇", "″": "″"}
)

# What may follow a quote that ends a text. Anything else, a letter above all, makes it an apostrophe or an inner quote.
_FOLLOWS = re.compile(
    r"[ \t]*(?:\Z|\\?\n|[#,，、;；)）\]】}｝:：%+*'\"‘’‚“”„«]|/[/*]|[=＝](?!=)|[A-Za-z_]\w{0,60}[ \t]*[=＝](?!=)"
    r"|if\b|for\b|\.\w{1,60}\(|```)"
    r"|[ \t]+[rRbBfFuU]{1,2}['\"]"
)
# What the next line begins with when the closing quote was forgotten at the end of this one.
_NEXT_LINE = re.compile(
    r"\n[ \t]{0,40}(?:\n[ \t]{0,40})?(?:[#)\]}'\"‘“]|[A-Za-z_]\w{0,60}[ \t]*=|\w{1,60}\.(?:add|set)_)"
)
_WRONG_CLOSING = "‘’“”´`»"
# What shows that a typographic quote ends a text that a straight one began: the next text or argument, or the end of a
# list or call. The end of a line after a comma is for `_NEXT_LINE`.
_CURLY_OPENING, _CURLY_CLOSING = {"'": "‘", '"': "“"}, {"'": "’", '"': "”"}
_AFTER_CURLY = re.compile(
    r"[ \t]{0,40}(?:[,，]|[\])）][ \t,，\])）}]{0,40})[ \t]{0,40}"
    r"(?:[rRbBfFuU]{0,2}['\"‘“]|[\[(][ \t]{0,40}['\"‘“]|[A-Za-z_]\w{0,60}[ \t]{0,40}=(?!=))"
    r"|[ \t]{0,40}[\])）][ \t,，\])）}]{0,40}(?:\n|\Z|#)"
)
_UNKNOWN_ESCAPE = re.compile(
    r"\\(?:(?P<known>[\n\\'\"abfnrtv]|[0-3][0-7]{2}|[0-7]{1,2}(?![0-7])|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}"
    r"|U000[0-9a-fA-F]{5}|U0010[0-9a-fA-F]{4}|N\{[A-Za-z0-9 -]{1,80}\}))?"
)


class Quoted(NamedTuple):
    """One quoted text. `source` is a Python literal; `content` what stands between the quotes, as it was written."""

    source: str
    content: str
    end: int
    closed: bool  # False when the text ends before the quote does; there is no source then
    repair: str  # what was put right, or ""


def read_quoted(text: str, start: int, limit: int) -> Quoted:
    """Read the quoted text that begins at `start`, an optional prefix included, and ends before `limit`.

    A correct Python literal is read as Python reads it. Takes time in proportion to the length.
    """
    opening = start
    while text[opening] not in OPENING:
        opening += 1
    prefix = text[start:opening].lower()
    quote = text[opening]
    if quote in "'\"" and text.startswith(quote * 3, opening, limit):
        return _read_triple(text, start, opening, limit)

    body = opening + 1
    closing = _CLOSING[quote]
    typographic = quote not in "'\""
    if not typographic and (place := _curly_end(text, body, limit, quote)) is not None:
        content = text[body:place]
        return Quoted(_literal(prefix, content), content, place + 1, True, "replaced a typographic quote")
    inner = False
    for match in re.compile(rf"\\.|[\n{closing}]", re.DOTALL).finditer(text, body, limit):
        place, mark = match.start(), match[0]
        if mark == "\n":
            if _NEXT_LINE.match(text, place, limit):
                content = text[body:place].rstrip().removesuffix(",").rstrip(_WRONG_CLOSING)
                other = {"'": '"', '"': "'"}.get(quote, "")
                if other and content.endswith(other) and content.count(other) == 1:
                    content = content[:-1]
                return Quoted(_literal(prefix, content), content, place, True, "closed a text at the end of its line")
            inner = True
        elif mark in closing and _FOLLOWS.match(text, place + 1, limit):
            content = text[body:place]
            if typographic or inner:
                repair = "replaced typographic quotes" if typographic else "kept a quote or a line end in a text"
                return Quoted(_literal(prefix, content), content, place + 1, True, repair)
            return Quoted(_exact(prefix, text[start : place + 1], content), content, place + 1, True, "")
        elif mark in closing:
            inner = True
    return Quoted("", text[body:limit], limit, False, "")


def _curly_end(text: str, body: int, limit: int, quote: str) -> int | None:
    """Where a typographic quote ends a text that the straight `quote` began; None when a straight one ends it.

    A typographic pair within the text stays there. Looks no farther than one line.
    """
    opening, closing = _CURLY_OPENING[quote], _CURLY_CLOSING[quote]
    end, quoting = None, False
    for match in re.compile(rf"\\.|[\n{quote}{opening}{closing}]", re.DOTALL).finditer(text, body, limit):
        place, mark = match.end(), match[0]
        if mark == quote and _FOLLOWS.match(text, place, limit):
            return None
        if mark == "\n" or (mark == quote and end is not None):
            break
        if end is None and mark == closing and not quoting and _AFTER_CURLY.match(text, place, limit):
            end = match.start()
        if mark in (opening, closing):
            quoting = mark == opening
    return end


def _read_triple(text: str, start: int, opening: int, limit: int) -> Quoted:
    prefix, quotes = text[start:opening].lower(), text[opening : opening + 3]
    body = opening + 3
    for match in re.compile(rf"\\.|{quotes}", re.DOTALL).finditer(text, body, limit):
        if match[0] == quotes:
            content = text[body : match.start()]
            return Quoted(_exact(prefix, text[start : match.end()], content), content, match.end(), True, "")
    return Quoted("", text[body:limit], limit, False, "")


def _exact(prefix: str, source: str, content: str) -> str:
    """A literal that Python can read as it stands; unknown escapes are doubled, which is how Python reads them."""
    if "f" in prefix:
        return _literal(prefix, content)
    if "r" in prefix or "\\" not in content:
        return source
    return known_escapes(source)


def _literal(prefix: str, content: str) -> str:
    """A literal of `content`, whatever quotes and line ends it holds; its escapes are kept."""
    if "f" in prefix and "{" in content:
        return 'f"{0}"'  # its values are never read, so Python's parser need not see them
    if "r" in prefix:
        content = content.replace("\\", "\\\\")
    content = known_escapes(content)
    content = re.sub(r'\\.|"', lambda match: '\\"' if match[0] == '"' else match[0], content, flags=re.DOTALL)
    content = content.replace("\\\n", "").replace("\n", "\\n")
    return f'{"b" if "b" in prefix else ""}"{content}"'


def known_escapes(source: str) -> str:
    """A Python source in which a backslash that escapes nothing is doubled: Python would warn of it."""
    return _UNKNOWN_ESCAPE.sub(lambda match: match[0] if match["known"] else "\\\\", source)
