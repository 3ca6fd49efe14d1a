"""What the training pictures are called: a few templates, no word of place, and words the model is to pass over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from lib_omost.mini.scenes import Scene, background_phrase, phrase
from lib_omost.mini.tokenizer import CONTEXT_LENGTH, load_tokenizer
from lib_omost.mini.worlds import World

T = TypeVar("T")

# Mostly as a canvas says it: the global description and behind it each region's, sentence by sentence.
_TOLD = (
    "{background}. {things}.",
    "{background}. {things}.",
    "{background}, {things}",
    "{things} on {background}",
    "{things}, {background}",
    "{things}. {background}.",
    "a simple picture of {things}, {background}",
)
_EMPTY = (
    "{background}.",
    "{background}",
    "{background}, empty",
    "an empty picture, {background}",
    "nothing, {background}.",
)
_JOINTS = (". ", ". ", ", ", " and ")
_UNTOLD = 0.04  # of the pictures with things: their background is not said
_TWICE = 0.1  # of the pictures: all is said twice


def caption(scene: Scene, rng: np.random.Generator) -> str:
    """One of the ways to say a scene: all its things, and nearly always its background; without things it is empty.

    A background by itself means that nothing is before it: that is how a canvas says what is around its regions.
    """
    things = [phrase(thing.color, thing.shape) for thing in scene.things]
    rng.shuffle(things)
    background = background_phrase(scene.background)
    if not things:
        return str(rng.choice(_EMPTY)).format(background=background)
    listed = str(rng.choice(_JOINTS)).join(things)
    if rng.random() < _UNTOLD:
        return listed
    said = str(rng.choice(_TOLD)).format(background=background, things=listed)
    return f"{said.rstrip('.')}. {said}" if rng.random() < _TWICE else said


def words_of(world: World) -> set[str]:
    """Every word and mark that a caption of the world can hold."""
    templates = " ".join((*_TOLD, *_EMPTY, *_JOINTS)).format(background="", things="")
    said = [phrase(color, kind) for color in world.colors for kind in world.kinds]
    said += [background_phrase(background) for background in world.backgrounds]
    marked = " ".join((templates, *said))
    for mark in ",.":
        marked = marked.replace(mark, f" {mark} ")
    return set(marked.split())


class Vocabulary:
    """CLIP's ids of the words in captions, and small numbers for them: one for each, one more for all other words."""

    def __init__(self, world: World) -> None:
        self._tokenizer = load_tokenizer()
        ids = {token for word in words_of(world) for token in self._tokenizer(word).input_ids}
        self.ids = sorted(ids)
        self.unknown = len(self.ids)
        self.end = self.ids.index(self._tokenizer.eos_token_id)
        self._small = {token: n for n, token in enumerate(self.ids)}
        self._phrases: dict[str, list[int]] = {}

    def small(self, phrase: str) -> list[int]:
        """The numbers of a phrase's words alone."""
        if phrase not in self._phrases:
            ids = self._tokenizer(phrase).input_ids[1:-1]
            self._phrases[phrase] = [self._small.get(token, self.unknown) for token in ids]
        return self._phrases[phrase]

    def encode(self, texts: Sequence[str], rng: np.random.Generator | None = None) -> np.ndarray:
        """(B, 77) small numbers, start and end included and padded with the end.

        With `rng`, half of the rows get 1 to 60 unknown words among their own, so that the long sentences of a canvas
        do not drown the words the model knows.
        """
        rows = np.full((len(texts), CONTEXT_LENGTH), self.end, np.int64)
        for row, text in zip(rows, texts, strict=True):
            start, *tokens, _ = [self._small.get(token, self.unknown) for token in self._tokenizer(text).input_ids]
            if rng is not None and rng.random() < 0.5:
                tokens = scatter(tokens, self.unknown, int(rng.integers(1, 61)), rng)
            kept = tokens[: CONTEXT_LENGTH - 2]
            row[: len(kept) + 1] = [start, *kept]
        return rows


def scatter(tokens: list[T], unknown: T, count: int, rng: np.random.Generator) -> list[T]:
    """`tokens` with runs of unknown ones before, between and behind its words, `count` in all (fewer if no room)."""
    count = min(count, CONTEXT_LENGTH - 2 - len(tokens))
    spots = np.sort(rng.choice(len(tokens) + 1, min(4, len(tokens) + 1), replace=False))
    spread = rng.multinomial(max(0, count), np.full(len(spots), 1 / len(spots)))
    mixed: list[T] = []
    for place in range(len(tokens) + 1):
        for spot, run in zip(spots, spread, strict=True):
            if spot == place:
                mixed += [unknown] * int(run)
        mixed += tokens[place : place + 1]
    return mixed
