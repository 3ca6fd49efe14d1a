"""What the training pictures are called: a few templates, no word of place, and words the model is to pass over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lib_omost.mini.scenes import BACKGROUND_COLORS, OBJECT_COLORS, SHAPES, Scene, background_phrase, phrase
from lib_omost.mini.tokenizer import CONTEXT_LENGTH, load_tokenizer

_OTHER_WORDS = "a an and of on , . simple plain picture colored shapes background"


def caption(scene: Scene, rng: np.random.Generator) -> str:
    """One of the ways to say a scene; now and then its things or its background alone, as regions of a canvas do."""
    things = [phrase(thing.color, thing.shape) for thing in scene.things]
    rng.shuffle(things)
    listed = str(rng.choice([" and ", ", ", ". "])).join(things)
    background = background_phrase(scene.background)
    kind = rng.random()
    if kind < 0.08 or not things:
        return background
    if kind < 0.25:
        return listed
    said = str(
        rng.choice(
            [
                f"{listed} on {background}",
                f"{listed}, {background}",
                f"{background}, {listed}",
                f"{background}. {listed}.",
                f"a simple picture of {listed}, plain {scene.background} background",
                f"colored shapes, {listed} on {background}",
            ]
        )
    )
    return f"{said.rstrip('.')}. {said}" if rng.random() < 0.1 else said


class Vocabulary:
    """CLIP's ids of the words in captions, and small numbers for them: one for each, one more for all other words."""

    def __init__(self) -> None:
        self._tokenizer = load_tokenizer()
        words = [*_OTHER_WORDS.split(), *SHAPES, *OBJECT_COLORS, *BACKGROUND_COLORS]
        ids = {token for word in words for token in self._tokenizer(word).input_ids}
        self.ids = sorted(ids)
        self.unknown = len(self.ids)
        self.end = self.ids.index(self._tokenizer.eos_token_id)
        self._small = {token: n for n, token in enumerate(self.ids)}

    def encode(self, texts: Sequence[str], rng: np.random.Generator | None = None) -> np.ndarray:
        """(B, 77) small numbers, start and end included and padded with the end.

        With `rng`, half of the rows get 1 to 60 unknown words among their own, so that the long sentences of a canvas
        do not drown the words the model knows.
        """
        rows = np.full((len(texts), CONTEXT_LENGTH), self.end, np.int64)
        for row, text in zip(rows, texts, strict=True):
            start, *tokens, _ = [self._small.get(token, self.unknown) for token in self._tokenizer(text).input_ids]
            if rng is not None and rng.random() < 0.5:
                tokens = _scatter(tokens, self.unknown, int(rng.integers(1, 61)), rng)
            kept = tokens[: CONTEXT_LENGTH - 2]
            row[: len(kept) + 1] = [start, *kept]
        return rows


def _scatter(tokens: list[int], unknown: int, count: int, rng: np.random.Generator) -> list[int]:
    """`tokens` with runs of unknown ones before, between and behind its words, `count` in all (fewer if no room)."""
    count = min(count, CONTEXT_LENGTH - 2 - len(tokens))
    spots = np.sort(rng.choice(len(tokens) + 1, min(4, len(tokens) + 1), replace=False))
    spread = rng.multinomial(max(0, count), np.full(len(spots), 1 / len(spots)))
    mixed: list[int] = []
    for place in range(len(tokens) + 1):
        for spot, run in zip(spots, spread, strict=True):
            if spot == place:
                mixed += [unknown] * int(run)
        mixed += tokens[place : place + 1]
    return mixed
