"""How people write: openers, ends, capitals, typing errors."""

from __future__ import annotations

import functools
import random
import re

from composer_training.lexicon import read_lists

_ASKS = ("", "please ", "can you ", "could you ", "would you ", "hey, ", "now ", "ok, ", "hi! ", "could you please ")
_VERBS = (
    "draw",
    "paint",
    "make",
    "create",
    "generate",
    "show",
    "render",
    "design",
    "sketch",
    "compose",
    "give me",
    "do",
)
_OBJECTS = (
    *("", "", "", "me ", "a picture of ", "an image of ", "a picture with ", "an image with ", "me a picture of "),
    *(
        "a scene with ",
        "a drawing of ",
        "an illustration of ",
        "a picture showing ",
        "something with ",
        "a composition of ",
    ),
)
_STARTS = (
    *("", "", "", "", "", "", "", "", "a picture of ", "image of ", "an image of ", "picture: ", "prompt: ", "scene: "),
    *("I want ", "I'd like ", "I would like to see ", "i need ", "let's have ", "imagine ", "there is ", "we see "),
    *("I want a picture of ", "I'm thinking of ", "my idea: ", "how about ", "a view of ", "what about a picture of "),
)
_ENDS = ("", "", "", "", "", "", ".", ".", ".", "!", " please", ", please", ", thanks", ". Thank you!", " :)", "...")
_OPENED = (
    "imagine ",
    "we are ",
    "the scene is",
    "the setting is",
    "scene:",
    "in ",
    "inside ",
    "put ",
    "there is ",
    "from left to right",
    "on ",
    "under ",
    "at ",
    "during ",
)
_NEIGHBORS = {"a": "s", "e": "r", "i": "o", "o": "p", "t": "r", "n": "m", "s": "d", "r": "t", "l": "k", "u": "y"}


def asked(rng: random.Random, wish: str) -> str:
    """A wish (a phrase such as "a cat on a mat") as a message."""
    if wish.startswith(_OPENED):
        return wish.rstrip(".") + rng.choice(_ENDS)
    if rng.random() < 0.3:
        ask = rng.choice(_ASKS)
        verb, what = rng.choice(_VERBS), rng.choice(_OBJECTS)
        if verb == "give me" or (
            what.startswith("me ") and verb in ("compose", "design", "do", "render", "generate", "create")
        ):
            what = what.removeprefix("me ")
        message = f"{ask}{verb} {what}{wish}"
        end = "?" if "you" in ask and rng.random() < 0.7 else rng.choice(_ENDS)
        return message.rstrip(".") + end
    start = rng.choice(_STARTS)
    return (start + wish).rstrip(".") + rng.choice(_ENDS)


def written(rng: random.Random, message: str) -> str:
    """The message with somebody's capitals and typing errors."""
    kind = rng.random()
    if kind < 0.42:
        message = message[:1].upper() + message[1:]
        message = re.sub(r"([.!?] )([a-z])", lambda match: match[1] + match[2].upper(), message)
    elif kind < 0.44:
        message = message.upper()
    elif kind < 0.70:
        message = message.lower()
    if rng.random() < 0.05:
        message = _mistyped(rng, message)
    if rng.random() < 0.03:
        message = message.replace(", ", ",").replace(". ", ".")
    return message


@functools.cache
def _known() -> frozenset[str]:
    """Words that a reader can put right: nobody knows how a rare one should be spelt."""
    texts = [
        entry for name in ("lexicon.txt", "everyday.txt") for entries in read_lists(name).values() for entry in entries
    ]
    said = [
        *texts,
        *_ASKS,
        *_VERBS,
        *_OBJECTS,
        *_STARTS,
        "between behind above under right corner middle background foreground should bigger smaller remove replace",
    ]
    return frozenset(re.findall("[a-z]+", " ".join(said).lower()))


def _mistyped(rng: random.Random, message: str) -> str:
    words = message.split(" ")
    long = [place for place, word in enumerate(words) if len(word) > 4 and word.lower() in _known()]
    for place in rng.sample(long, min(len(long), rng.choice((1, 1, 2)))):
        word = words[place]
        at = rng.randrange(1, len(word) - 1)
        kind = rng.randrange(4)
        if kind == 0:
            word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        elif kind == 1:
            word = word[:at] + word[at + 1 :]
        elif kind == 2:
            word = word[:at] + word[at] + word[at:]
        else:
            word = word[:at] + _NEIGHBORS.get(word[at], word[at]) + word[at + 1 :]
        words[place] = word
    return " ".join(words)
