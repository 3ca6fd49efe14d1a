"""The known name that is nearest to what was written: places, areas and colours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from lib_omost.canvas.colors import COLORS
from lib_omost.canvas.vocabulary import AREAS, LOCATIONS, OFFSETS

MAX_CHARS = 80  # more is prose, not a name
MAX_WORDS = 8
TYPO_CUTOFF = 0.75  # difflib's ratio; "bottm" and "bottom" have 0.91, "left" and "lower" 0.44


def nearest_location(text: str) -> str | None:
    """'top left', 'upper-left corner' → 'on the top-left'; 'middle' → 'in the center'; None when no word is known."""
    if text in LOCATIONS:
        return text
    words = _meanings(text, _PLACES)
    place = "-".join(_first(words, axis) for axis in (("top", "bottom"), ("left", "right")) if _first(words, axis))
    if place:
        return f"on the {place}"
    return "in the center" if words else None


def nearest_offset(text: str) -> str | None:
    """'a bit to the top right' → 'slightly to the upper-right'; 'none' → 'no offset'; None when no word is known."""
    if text in OFFSETS:
        return text
    words = _meanings(text, _SHIFTS)
    shift = "-".join(_first(words, axis) for axis in (("upper", "lower"), ("left", "right")) if _first(words, axis))
    if shift:
        return f"slightly to the {shift}"
    return "no offset" if words else None


def nearest_area(text: str) -> str | None:
    """'big square' → 'a large square area'. A missing size is medium, a missing shape square; None without both."""
    if text in AREAS:
        return text
    words = _meanings(text, _EXTENTS)
    size = _first(words, ("small", "medium-sized", "large"))
    shape = _first(words, ("square", "vertical", "horizontal"))
    if not size and not shape:
        return None
    return f"a {size or 'medium-sized'} {shape or 'square'} area"


def nearest_color(text: str) -> str | None:
    """'Light Blue' → 'lightblue', '#fe0000' and 'rgb(254, 0, 0)' → 'red', 'bright red' → 'red'; None when unknown."""
    if text in COLORS:
        return text
    text = text.strip().lower()[:MAX_CHARS]
    if match := re.fullmatch(r"#?([0-9a-f]{6})(?:[0-9a-f]{2})?", text):
        return nearest_rgb(tuple(bytes.fromhex(match[1])))
    if match := re.fullmatch(r"#([0-9a-f]{3})", text):
        return nearest_rgb(tuple(int(digit * 2, 16) for digit in match[1]))
    if match := re.fullmatch(r"(?:rgba?)?\(?\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*(?:,[\d\s.]*)?\)?", text):
        return nearest_rgb(tuple(int(value) for value in match.groups()))
    compact = re.sub(r"[^a-z]", "", text)
    if compact in COLORS:
        return compact
    typo = get_close_matches(compact, COLORS, n=1, cutoff=0.85)
    return typo[0] if typo else _color_within(re.findall("[a-z]+", text)[: 2 * MAX_WORDS])


def _color_within(words: list[str]) -> str | None:
    """The longest colour at the end of the words, for the noun stands last: "reddish brown"; else at their start."""
    runs = [words[start:] for start in range(len(words))] + [words[:end] for end in range(len(words), 0, -1)]
    return next((color for run in runs if (color := _color_word("".join(run)))), None)


def _color_word(word: str) -> str | None:
    """A colour, one of its synonyms, one with two letters exchanged, or one with a shade written to it: "deepred"."""
    for known in (word, _SHADE.sub("", word), _SUFFIX.sub("", word)):
        if known in COLORS:
            return known
        if known in _SYNONYMS:
            return _SYNONYMS[known]
        if len(known) <= _LONGEST:
            swaps = (known[:i] + known[i + 1] + known[i] + known[i + 2 :] for i in range(len(known) - 1))
            if swapped := next((swap for swap in swaps if swap in COLORS), None):
                return swapped
    return None


def nearest_rgb(rgb: Sequence[float]) -> str:
    """The colour whose red, green and blue are nearest, by the sum of squared differences."""
    return min(COLORS, key=lambda name: sum((a - b) ** 2 for a, b in zip(COLORS[name], rgb, strict=True)))


_LONGEST = max(map(len, COLORS))
_SHADE = re.compile(
    "^(?:light|dark|deep|pale|bright|medium|vivid|soft|dull|pastel|neon|hot|cool|warm|rich|dusty|muted|royal|very)"
)
_SUFFIX = re.compile("(?<=red)dish$|(?:ish|en|y|s)$")  # "reddish", "golden", "silvery"
# Colours that language models name and HTML does not.
_SYNONYMS = {
    "scarlet": "crimson",
    "ruby": "crimson",
    "burgundy": "maroon",
    "cream": "cornsilk",
    "charcoal": "darkslategray",
    "bronze": "peru",
    "copper": "peru",
    "rust": "sienna",
    "mustard": "goldenrod",
    "amber": "orange",
    "peach": "peachpuff",
    "lilac": "plum",
    "mauve": "thistle",
    "emerald": "mediumseagreen",
    "jade": "mediumseagreen",
    "sapphire": "royalblue",
}

_CENTER = ("center", "centre", "middle", "central", "centered", "mid", "whole", "entire", "everywhere", "full", "all")
_TOP = ("top", "upper", "up", "above", "upwards")
_BOTTOM = ("bottom", "lower", "low", "down", "below", "under", "downwards")
# Read only as they are written: "around" is no "ground".
_SPOTS = {
    **dict.fromkeys(("background", "foreground"), "center"),
    **dict.fromkeys(("sky", "ceiling", "topmost", "uppermost", "overhead"), "top"),
    **dict.fromkeys(("floor", "ground", "bottommost"), "bottom"),
    **dict.fromkeys(("leftmost", "leftward"), "left"),
    **dict.fromkeys(("rightmost", "rightward"), "right"),
}
_PLACES = {
    **_SPOTS,
    **dict.fromkeys(_CENTER, "center"),
    **dict.fromkeys(_TOP, "top"),
    **dict.fromkeys(_BOTTOM, "bottom"),
    "left": "left",
    "right": "right",
}
_SHIFTS = {
    **dict.fromkeys(("no", "none", "zero", "null", "nil", "without", *_CENTER), "no"),
    **dict.fromkeys(_TOP, "upper"),
    **dict.fromkeys(_BOTTOM, "lower"),
    "left": "left",
    "right": "right",
}
_EXTENTS = {
    **dict.fromkeys(("small", "tiny", "little"), "small"),
    **dict.fromkeys(("medium", "sized", "mid", "middle", "average", "normal"), "medium-sized"),
    **dict.fromkeys(("large", "big", "huge", "full", "whole", "entire"), "large"),
    **dict.fromkeys(("square", "round", "circular"), "square"),
    **dict.fromkeys(("vertical", "tall", "portrait", "narrow"), "vertical"),
    **dict.fromkeys(("horizontal", "wide", "landscape", "broad"), "horizontal"),
}


def _meanings(text: str, table: Mapping[str, str]) -> list[str]:
    """What the words of `text` mean, in order; typing errors and words written together are seen through."""
    guessed = [name for name in table if name not in _SPOTS]
    known = "|".join(sorted(table, key=len, reverse=True))
    meanings = []
    for word in re.findall(r"[a-z]+", text.lower()[:MAX_CHARS])[:MAX_WORDS]:
        if word in table:
            meanings.append(table[word])
        elif pair := re.fullmatch(f"({known})({known})", word):
            meanings += [table[pair[1]], table[pair[2]]]
        elif 2 < len(word) < 13 and (typo := get_close_matches(word, guessed, n=1, cutoff=TYPO_CUTOFF)):
            meanings.append(table[typo[0]])
    return meanings


def _first(words: list[str], choices: tuple[str, ...]) -> str:
    return next((word for word in words if word in choices), "")
