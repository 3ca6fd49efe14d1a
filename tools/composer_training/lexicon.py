"""The lists of words that messages are made of: `lexicon.txt` and `vague.txt`, read once."""

from __future__ import annotations

import functools
from pathlib import Path


@functools.cache
def read_lists(name: str) -> dict[str, tuple[str, ...]]:
    """The lists of a file beside this one: a line is "name: entry, entry"."""
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    parts = (line.partition(": ") for line in lines if line and not line.startswith("#"))
    return {name: tuple(entries.split(", ")) for name, _, entries in parts}


def _paired(entries: tuple[str, ...]) -> dict[str, str]:
    return {words: value for words, _, value in (entry.partition("=") for entry in entries)}


_LISTS = read_lists("lexicon.txt")
COLORS = _LISTS["colors"]  # some of them more than once: they are said more often
COLOR_NAMES = _paired(_LISTS["color names"])  # names of HTML
LARGE, SMALL, TALL, WIDE = (_LISTS[name] for name in ("large", "small", "tall", "wide"))
MATERIALS = _LISTS["materials"]
ADJECTIVES, CREATURE_ADJECTIVES = _LISTS["adjectives"], _LISTS["creature adjectives"]
ACTIONS, PARTS = _LISTS["actions"], _LISTS["parts"]
PLACES = _paired(_LISTS["places"])  # "in forest": its colour
COLOR_OF_KIND = _paired(_LISTS["colors of kinds"])  # of what has no colour of its own
WEATHER, TIMES, SCENES, HOURS = (_paired(_LISTS[name]) for name in ("weather", "times", "scenes", "hours"))
SCENE_OF_KIND = {kind: (scene, color) for kind, scene, color in (entry.split("=") for entry in _LISTS["scene of kind"])}
PLAIN_SCENE = ("plain background", "whitesmoke")
SCENE_COLORS = _paired(_LISTS["scenes of languages"])
SIZED = {"big": "large", "huge": "large", "small": "small", "tiny": "small", "tall": "large tall", "long": "large wide"}
STYLES, MOODS, QUALITIES, ABSENT = (_LISTS[name] for name in ("styles", "moods", "qualities", "absent"))

CREATURES = frozenset(("person", "animal"))
COUNTABLE = frozenset(
    (
        *(
            "person",
            "animal",
            "vehicle",
            "furniture",
            "container",
            "toy",
            "instrument",
            "tool",
            "clothing",
            "food",
            "plant",
        ),
        *("machine", "object", "shape"),
    )
)

# A wish without things, by its mood: scene, its colour, and each thing with its place and colour.
VAGUE = {
    mood: (
        scene.partition("=")[0],
        scene.partition("=")[2],
        tuple((thing, place, color) for thing, place, color in (words.split("=") for words in things)),
    )
    for mood, (scene, *things) in read_lists("vague.txt").items()
}
