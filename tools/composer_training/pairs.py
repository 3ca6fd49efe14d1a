"""Training pairs by number: the same seed and number make the same pair, so a run can go on anywhere."""

from __future__ import annotations

import random
from dataclasses import dataclass

from composer_training.compositions import composition
from composer_training.edits import edited
from composer_training.languages import foreign
from composer_training.surface import written
from lib_omost.compose.plan_text import write_plan
from lib_omost.compose.prompt import compose_prompt

EDITS, LANGUAGES = 0.31, 0.20  # shares of the pairs; the rest are compositions in English


@dataclass(frozen=True)
class Pair:
    """What the model reads, what it should write, and what the pair trains."""

    prompt: str
    reply: str
    category: str


def pair_at(seed: int, number: int, *, held_out: bool = False) -> Pair:
    """The pair of this number. With `held_out` its nouns and many of its phrases are ones that training never has."""
    rng = random.Random(f"{seed}/{number}/{held_out}")
    while True:
        try:
            return _pair(rng, held_out)
        except ValueError:  # words too long for a plan, or too many things
            continue


def _pair(rng: random.Random, held_out: bool) -> Pair:
    kind = rng.random()
    if kind < EDITS:
        return Pair(*edited(rng, held_out))
    if kind < EDITS + LANGUAGES:
        return Pair(*foreign(rng, held_out))
    message, plan, category = composition(rng, held_out)
    return Pair(compose_prompt(written(rng, message)), write_plan(plan), category)
