"""Whether a text names a thing or a colour."""

from __future__ import annotations

import re

from lib_omost.canvas.color_words import nearest_color

_IRREGULAR = {
    **{"geese": "goose", "mice": "mouse", "children": "child", "men": "man", "women": "woman", "feet": "foot"},
    **{"wolves": "wolf", "knives": "knife", "leaves": "leaf", "loaves": "loaf", "shelves": "shelf", "calves": "calf"},
    **{
        "horses": "horse",
        "houses": "house",
        "vases": "vase",
        "roses": "rose",
        "noses": "nose",
        "axes": "axe",
        "buses": "bus",
    },
    **{"cookies": "cookie", "movies": "movie", "ties": "tie", "pies": "pie", "bowties": "bowtie", "shoes": "shoe"},
}
_LONG = 5  # letters: a longer noun may also be a part of a word, as "flower" of "sunflower"
_CJK = re.compile("[\u3040-\u9fff\uac00-\ud7af]")
# What names of HTML belong to a colour as people say it, beside those that hold its own name.
_FAMILIES = {
    "red": ("crimson", "firebrick", "maroon", "tomato", "scarlet"),
    "green": ("lime", "olive", "forest", "teal"),
    "blue": ("navy", "azure", "royal"),
    "yellow": ("gold", "khaki"),
    "purple": ("violet", "indigo", "orchid", "magenta", "plum", "lavender"),
    "violet": ("purple", "indigo"),
    "orange": ("coral", "tomato"),
    "white": ("snow", "ivory"),
    "brown": ("saddle", "sienna", "chocolate", "peru", "tan"),
    "silver": ("gray", "grey"),
    "gray": ("grey",),
    "turquoise": ("teal", "cyan", "aqua"),
}


def words(text: str) -> list[str]:
    """The words of a text in lower case, without marks."""
    return re.findall(r"[^\W_]+", text.lower())


def singular(word: str) -> str:
    """'otters' → 'otter', 'berries' → 'berry', 'benches' → 'bench'; another word as it is."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 3 or not word.endswith("s") or word.endswith("ss"):
        return word
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses", "zes")):
        return word[:-2]
    return word[:-1]


def names(text: str, noun: str) -> bool:
    """Whether a text has the noun, of one word or more, in the singular or the plural."""
    if _CJK.search(noun):
        return noun in text
    wanted, said = [singular(word) for word in words(noun)], [singular(word) for word in words(text)]
    if len(wanted) == 1:
        return wanted[0] in said or (len(wanted[0]) > _LONG and any(wanted[0] in word for word in said))
    return any(said[start : start + len(wanted)] == wanted for start in range(len(said)))


def names_any(text: str, nouns: tuple[str, ...]) -> bool:
    """Whether a text has one of the nouns."""
    return any(names(text, noun) for noun in nouns)


def place_in(text: str, nouns: tuple[str, ...]) -> int | None:
    """At which character the first of the nouns stands; None when the text has none of them."""
    found = [max(0, text.lower().find(noun.lower())) for noun in nouns if names(text, noun)]
    return min(found, default=None)


def says_color(text: str, color: str) -> bool:
    """Whether a text has the word of a colour, in its own language or in English."""
    said = words(text)
    return color in said or english(color) in said or (not color.isascii() and color in text)


def is_of_color(html_name: str, color: str) -> bool:
    """Whether a colour of HTML is one that people would call `color`."""
    hue = english(color)
    return any(part in html_name for part in (hue, *_FAMILIES.get(hue, ())))


def english(color: str) -> str:
    """'rojo' → 'red'; an English word, or one that is not known, as it is."""
    if color in _FAMILIES:
        return color
    return nearest_color(color) or color
