"""What a trained model is to prefer: of two replies to one message the one that means it, its own wrong one beside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from composer_training.evaluation import grammar_of, means_the_same
from composer_training.generate import replies
from composer_training.pairs import pair_at

AT_ONCE = 64  # messages between two savings


@dataclass(frozen=True)
class Preference:
    """A prompt, the reply that means it, and one that the model wrote and that does not; `number` is its pair's."""

    number: int
    prompt: str
    chosen: str
    rejected: str


def collect(
    path: Path,
    model: Any,
    tokenizer: Any,
    *,
    seed: int,
    first: int,
    messages: int,
    temperature: float,
    should_stop: Callable[[], bool],
    told: Callable[[int, int], None],
) -> list[Preference]:
    """The preferences that the training pairs from `first` on give, as many `messages` as are asked for.

    Each pair is asked once; a reply that means what the pair does gives none. The file at `path` keeps
    how far it got and what it found, a line each, so the next call goes on there. `told` hears of messages asked and of preferences.
    """
    found, asked = _kept(path)
    _write(path, found, asked)
    while asked < messages and not should_stop():
        pairs = [pair_at(seed, first + number) for number in range(asked, min(asked + AT_ONCE, messages))]
        prompts = [(pair.prompt, grammar_of(pair.prompt)) for pair in pairs]
        written = replies(model, tokenizer, prompts, temperature=temperature)
        found += [
            Preference(first + number, pair.prompt, pair.reply, reply)
            for number, (pair, reply) in enumerate(zip(pairs, written, strict=True), asked)
            if not means_the_same(pair, reply)
        ]
        asked += len(pairs)
        _write(path, found, asked)
        told(asked, len(found))
    return found


def _kept(path: Path) -> tuple[list[Preference], int]:
    """The preferences of a file and how many messages they come from."""
    if not path.exists():
        return [], 0
    head, *rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [Preference(**row) for row in rows], head["asked"]


def _write(path: Path, found: list[Preference], asked: int) -> None:
    """Whole or not at all: who is killed here goes on from the file before."""
    lines = ({"asked": asked}, *map(asdict, found))
    partial = path.with_suffix(".part")
    partial.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    partial.replace(path)
