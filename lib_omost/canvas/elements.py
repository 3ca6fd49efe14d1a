"""Regions that stand between tags, as XML and HTML have them: fields as attributes, or as elements of their own."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lib_omost.canvas.parts import PLACES, Part, named

MOST_TAGS = 4000
MOST_OPEN = 64

_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[A-Za-z][\w.:-]{0,60})(?P<attributes>(?:\s[^<>]{0,4000})?)(?P<empty>/?)>"
    r"|<!\[CDATA\[(?P<data>[^\]<]{0,4000})\]\]>|<!--(?:(?!<!--|-->).){0,2000}-->",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"([A-Za-z][\w.:-]{0,60})\s?=\s?(?:\"([^\"]{0,4000})\"|'([^']{0,4000})'|([^\s\"'>]{1,200}))")


_WHOLE = re.compile(r"global|whole|scene", re.IGNORECASE)
_HTML = ("div", "span", "p", "li", "ul", "ol", "td", "tr", "table", "section", "article", "figure", "a", "img", "body")


@dataclass
class _Element:
    name: str
    place: int
    attributes: dict[str, str] = field(default_factory=dict)
    inner: list[_Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    is_whole: bool = True  # False for one whose end is missing

    @property
    def text(self) -> str:
        return " ".join(html.unescape(" ".join(self.texts)).split())


def between_tags(text: str) -> list[Part]:
    """The parts that the elements of a text describe: those that have fields of ours."""
    root = _read(text)
    return list(_parts(root, text))


def _read(text: str) -> _Element:
    """The elements of a text; one that is not closed ends with its parent."""
    root = _Element("", 0)
    open_: list[_Element] = [root]
    place = 0
    for count, match in enumerate(_TAG.finditer(text)):
        if count >= MOST_TAGS:
            break
        open_[-1].texts.append(text[place : match.start()])
        place = match.end()
        if match["data"] is not None:
            open_[-1].texts.append(match["data"])
        elif match["name"] and match["end"]:
            _close(open_, match["name"])
        elif match["name"]:
            attributes = {key: html.unescape(a or b or c) for key, a, b, c in _ATTRIBUTE.findall(match["attributes"])}
            made = _Element(match["name"], match.start(), attributes)
            open_[-1].inner.append(made)
            if not (match["empty"] or match["attributes"].endswith("/")) and len(open_) < MOST_OPEN:
                open_.append(made)
    for element in open_[1:]:
        element.is_whole = False
    return root


def _close(open_: list[_Element], name: str) -> None:
    for depth in range(len(open_) - 1, 0, -1):
        if open_[depth].name == name:
            del open_[depth:]
            return


def _parts(element: _Element, text: str) -> Iterator[Part]:
    fields = dict(_fields(element))
    if len(fields.keys() - {"name"}) >= 2 or (fields and (PLACES & fields.keys() or _WHOLE.search(element.name))):
        if "description" not in fields and (words := element.text) and element.is_whole:
            fields["description"] = words
        yield Part(text.count("\n", 0, element.place) + 1, element.name.replace("_", " "), fields)
    for inner in element.inner:
        if named(inner.name) in (None, "name") or inner.inner or inner.attributes:
            yield from _parts(inner, text)


def _fields(element: _Element) -> Iterator[tuple[str, Any]]:
    for key, value in element.attributes.items():
        if element.name.lower() in _HTML and key in ("style", "width", "height", "name", "title", "label"):
            continue  # how a page looks
        if (name := named(key.removeprefix("data-"))) is not None:
            yield name, value
    for inner in element.inner:
        name = named(inner.name)
        if name is None or not inner.is_whole or dict(_fields(inner)):
            continue
        items = [each.text for each in inner.inner if each.text]
        if items:
            yield name, items
        elif inner.text:
            yield name, inner.text
