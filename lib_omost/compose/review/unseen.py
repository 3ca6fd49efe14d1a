"""What stands for the picture itself, or for how things stand in it, and is no thing that it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lib_omost.canvas.model import Canvas
from lib_omost.compose.review.english import stems, tokens
from lib_omost.compose.review.finding import Finding, noun_of

# What the picture is for: "I want a birthday card for my nephew. …"
_MADE = "(?P<made>card|poster|cover|flyer|leaflet|invitation|postcard|wallpaper|sticker|banner|illustration)"
_PURPOSE = re.compile(
    r"^(?:i(?:'d| would)? (?:want|need|like)(?: to (?:have|make))?|i(?:'m| am) (?:making|designing)"
    rf"|(?:please )?(?:make|create|design|draw)(?: me)?) an? (?:[a-z]+ ){{0,2}}{_MADE}(?: for [^.:,;!?]+)?[.:!]"
    r" (?=\S+ \S+ \S+)",
    re.I,
)
_ARRANGEMENTS = "circle ring semicircle row line column file queue"
# What stands for the picture itself or who looks at it, unless it has an article of its own: "a camera on a table".
_PICTURE = "picture image frame viewer camera photo photograph foreground background"


def without_purpose(message: str) -> str:
    """The message without the sentence that says what the picture is for."""
    return _PURPOSE.sub("", message)


def unseen(message: str, after: Canvas) -> Iterator[Finding]:
    """The picture itself as a thing in it, as "left of the frame" makes a model do."""
    words, purpose = tokens(message), _PURPOSE.match(message)
    for noun in dict.fromkeys(noun_of(region) for region in after.regions):
        if purpose and noun == purpose["made"].lower() and words.count(noun) == 1:
            yield Finding("unseen", f"the {noun} is no thing in it", f"left out the {noun}", noun)
        if is_arrangement(words, noun):
            yield Finding("unseen", f"the {noun} is no thing in it", f"left out the {noun}", noun)
        is_own = any(word in ("a", "an") and noun in words[at + 1 : at + 3] for at, word in enumerate(words))
        if noun in _PICTURE.split() and noun in stems(words) and not is_own:
            yield Finding("unseen", f"the {noun} is no thing in it", f"left out the {noun}", noun)


def is_arrangement(words: Sequence[str], noun: str) -> bool:
    """Whether a noun only says how things stand: "in a circle"."""
    if noun not in _ARRANGEMENTS.split() or list(words).count(noun) != 1:
        return False
    place = list(words).index(noun)
    return list(words[place - 2 : place]) == ["in", "a"] or list(words[place - 3 : place - 1]) == ["in", "a"]
