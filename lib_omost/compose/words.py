"""Words of descriptions: which of the things there are is meant, and which words of a text are a colour."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lib_omost.canvas.color_words import nearest_color
from lib_omost.canvas.colors import COLORS

_YOU = re.compile(r"(?:uni(?!n|m)|eu|us[eu]|ut[ei]|one\b|ukulele|ufo)", re.I)  # spoken as "you" or "won"
_ARTICLES = frozenset(("a", "an", "the"))
_SHADES = ("dark", "light", "medium", "pale", "deep", "hot", "bright", "vivid", "soft", "pastel", "neon", "dull")
# Parts that the names of HTML are written of, the longest first; "lightgoldenrodyellow" is "light goldenrod yellow".
_PARTS = (
    *(
        "goldenrod",
        "turquoise",
        "aquamarine",
        "lavender",
        "chartreuse",
        "magenta",
        "orchid",
        "violet",
        "salmon",
        "orange",
    ),
    *("yellow", "purple", "spring", "forest", "saddle", "indian", "dodger", "alice", "antique", "blanched", "almond"),
    *("burly", "corn", "flower", "floral", "ghost", "honey", "lawn", "lemon", "chiffon", "midnight", "mint", "cream"),
    *("misty", "navajo", "papaya", "peach", "powder", "rebecca", "rosy", "royal", "sandy", "slate", "steel", "smoke"),
    *("medium", "light", "dark", "pale", "deep", "hot", "green", "brown", "white", "black", "olive", "coral", "khaki"),
    *("blue", "cyan", "pink", "gray", "grey", "rose", "wood", "lace", "silk", "whip", "puff", "drab", "blush", "sky"),
    *("lime", "navy", "sea", "old", "red", "dim", "fire", "brick", "cadet"),
)
_HUES = (
    *("red", "green", "blue", "yellow", "pink", "purple", "violet", "orange", "black", "white", "brown", "silver"),
    *("turquoise", "gold", "golden", "fuchsia", "navy", "maroon", "teal", "olive", "lime", "indigo", "cyan", "magenta"),
    *("gray", "grey", "tan", "beige", "coral", "crimson", "ivory", "scarlet", "lavender", "khaki", "salmon", "plum"),
    *("reddish", "greenish", "bluish", "yellowish", "brownish", "whitish", "pinkish", "azure", "emerald", "amber"),
)
_HUE = re.compile(
    rf"\b(?:(?:{'|'.join(_SHADES)})[ -])?(?:(?:sky|navy|royal|forest|olive)[ -])?(?:{'|'.join(_HUES)})\b", re.I
)
HUE = _HUE.pattern  # the words for one colour
_WITH_ARTICLE = re.compile(rf"(?:\b(an?)(\s+))?({_HUE.pattern})", re.I)
# Colours that are things as well, and the words that such a thing's name goes on with: "olive tree".
_THINGS = frozenset(
    ("orange", "violet", "salmon", "olive", "lime", "plum", "coral", "lavender", "emerald", "amber", "gold", "silver")
)
_GOES_ON = re.compile(r"[ -](?:tree|grove|juice|slice|peel|blossom|oil|fillet|reef|wedge|orchard)s?\b", re.I)
_ENDS = re.compile(r"\s*(?:$|[.,;:!?]|(?:with|in|on|of|under|behind|at|and|beside|near)\b)", re.I)
_NO_NAME_BEHIND = re.compile(r"[.,;:!?]|\b(?:is|are|all|painted|dyed|colou?red|glowing|very)\s*$", re.I)
# Behind these words a description speaks of a part of the thing, or of something else.
_PART = re.compile(r"\b(?:with|wearing|in|on|of|holding|carrying|under|behind|made)\b", re.I)
_COUNTS = ("two", "three", "four", "five", "six", "seven", "eight", "nine")
_PLURALS = {
    **{"children": "child", "men": "man", "women": "woman", "geese": "goose", "mice": "mouse", "feet": "foot"},
    **{"people": "person", "teeth": "tooth", "dice": "die", "oxen": "ox"},
    **{"wolves": "wolf", "knives": "knife", "leaves": "leaf", "loaves": "loaf", "shelves": "shelf", "calves": "calf"},
}


def counts_to(most: int) -> dict[str, int]:
    """The words and digits for several, from two to `most`, nine at most."""
    words = {word: number for number, word in enumerate(_COUNTS[: most - 1], 2)}
    return words | {str(number): number for number in words.values()}


def head_of(thing: str) -> list[str]:
    """The words of what a thing is, its noun the last: 'a red ball with dots' → a, red, ball."""
    return re.findall(r"[^\W_]+", _PART.split(thing, maxsplit=1)[0].lower())


def plain(text: str) -> str:
    """The words of a text, in lower case, without marks and a leading article: 'A Red ball.' → 'red ball'."""
    words = re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text.lower())
    return " ".join(words[1:] if len(words) > 1 and words[0] in _ARTICLES else words)


def matching(words: str, names: Sequence[str]) -> list[int]:
    """Which of `names` the words mean, by index: a number, the same words, those with all of the words, the same noun.

    The first of these ways that finds any decides; the list is empty when none does.
    """
    if words.isdecimal():
        return [int(words) - 1] if 0 < int(words) <= len(names) else []
    wanted = [singular(word) for word in plain(words).split()]
    if not wanted:
        return []
    known = [[singular(word) for word in plain(name).split()] for name in names]
    ways = (
        [number for number, name in enumerate(known) if name == wanted],
        [number for number, name in enumerate(known) if name[-1:] == wanted[-1:] and set(wanted) <= set(name)],
        [number for number, name in enumerate(known) if set(wanted) <= set(name)],
        [number for number, name in enumerate(known) if name[-1:] == wanted[-1:]],
        [number for number, name in enumerate(known) if name and set(name) <= set(wanted)],
        [number for number, name in enumerate(known) if wanted[-1] in name],
    )
    return next((found for found in ways if found), [])


def color_in_words(name: str) -> str:
    """A colour's name as people write it: 'darkolivegreen' → 'dark olive green'."""
    words, rest = [], name
    while rest:
        part = next((part for part in _PARTS if rest.startswith(part)), rest)
        words.append(part)
        rest = rest[len(part) :]
    return " ".join(words)


def color_of(text: str) -> str | None:
    """The first colour that a text says, by its name in HTML; None when it says none."""
    for match in _HUE.finditer(text):
        words = match[0].lower().replace("-", " ").split()
        hue = "white" if words[-1] == "whitish" else (nearest_color(words[-1]) or words[-1]).replace("grey", "gray")
        runs = ("".join([*words[start:-1], hue]) for start in range(len(words)))
        name = next((name for name in runs if name in COLORS), None)
        if name is not None:
            return name
    return None


def own_color(text: str) -> str | None:
    """The colour of the thing itself, not of what it wears or has: 'girl with red balloon' has none."""
    return color_of(_PART.split(text, maxsplit=1)[0])


def named_as_color(text: str) -> str:
    """The word for a colour that is the thing's own name: 'Grilled salmon on a plate.' → 'salmon'; "" where none is."""
    match = _name(text)
    return "" if match is None else match[0].split()[-1].lower()


def unnamed(text: str) -> str:
    """The text without that word."""
    match = _name(text)
    return text if match is None else text[: match.start()] + text[match.end() :]


def _name(text: str) -> re.Match[str] | None:
    for match in _HUE.finditer(text):
        before, behind = text[: match.start()], text[match.end() :]
        if match[0].lower() not in _THINGS or _PART.search(before) or _NO_NAME_BEHIND.search(before):
            continue
        if _ENDS.match(behind) or _GOES_ON.match(behind):
            return match
    return None


def recolored(text: str, old: str | None, new: str, besides: str = "") -> str:
    """The text with the words of the colour `old` (a name of HTML; None: its first colour) said as `new` instead.

    The same text where it does not say that colour. The word `besides` is no colour in it, but what the thing is.
    """
    replaced = color_in_words(new)
    name = _name(text) if besides else None

    def said(match: re.Match[str]) -> str:
        article, space, hue = match[1], match[2], match[3]
        is_name = match.start(3) == name.start() if name else hue.lower() == besides
        if is_name or (old is not None and not _same_hue(color_of(hue), old)):
            return match[0]
        words = replaced[0].upper() + replaced[1:] if hue[0].isupper() else replaced
        return words if article is None else article[0] + ("n" if words[0].lower() in "aeiou" else "") + space + words

    return _WITH_ARTICLE.sub(said, text, count=0 if old is not None else 1)


def says_color(text: str, color: str) -> bool:
    """Whether a text says this colour in any word for it."""
    return any(_same_hue(color_of(match[0]), color) for match in _HUE.finditer(text))


def colored(text: str, color: str) -> str:
    """The text with a colour before its words: 'A ball.' → 'A green ball.'"""
    article = re.match(r"(?:an?|the)\s+", text, re.I)
    said = color_in_words(color)
    if article is None:
        return (
            said[:1].upper() + said[1:] + " " + text[:1].lower() + text[1:] if text[:1].isupper() else f"{said} {text}"
        )
    first = article[0]
    if first.strip().lower() in ("a", "an"):
        first = first[0] + ("n " if said[0] in "aeiou" else " ")
    return first + said + " " + text[article.end() :]


def _same_hue(one: str | None, other: str) -> bool:
    return one is not None and (one == other or color_in_words(one).split()[-1] == color_in_words(other).split()[-1])


def singular(word: str) -> str:
    """'balls' → 'ball', 'berries' → 'berry'; another word as it is."""
    if word in _PLURALS:
        return _PLURALS[word]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def with_article(words: str) -> str:
    """'egg' → 'an egg', 'unicorn' → 'a unicorn'"""
    return f"{'an' if words[:1].lower() in 'aeiou' and not _YOU.match(words) else 'a'} {words}"
