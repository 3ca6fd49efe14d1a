"""Pairs as batches of tokens: alike in length, so that little is padding."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from composer_training.pairs import Pair, pair_at
from composer_training.settings import Settings

IGNORED = -100


@dataclass(frozen=True)
class Batch:
    """(B, T) ids, mask and labels; labels are IGNORED but for the replies."""

    ids: torch.Tensor
    mask: torch.Tensor
    labels: torch.Tensor


def encode(tokenizer: Any, pair: Pair) -> tuple[list[int], list[int]]:
    """The tokens of a prompt, and those of its reply with the end behind them."""
    prompt = list(tokenizer(pair.prompt).input_ids)
    reply = list(tokenizer(pair.reply, add_special_tokens=False).input_ids)
    return prompt, [*reply, int(tokenizer.eos_token_id)]


def window(settings: Settings, tokenizer: Any, number: int) -> list[Batch]:
    """The batches of the window of this number, in random order: each has about `settings.batch` tokens."""
    first = number * settings.window
    coded = [encode(tokenizer, pair_at(settings.seed, index)) for index in range(first, first + settings.window)]
    coded.sort(key=lambda pair: len(pair[0]) + len(pair[1]))
    groups: list[list[tuple[list[int], list[int]]]] = [[]]
    for pair in coded:
        length = len(pair[0]) + len(pair[1])
        if groups[-1] and length * (len(groups[-1]) + 1) > settings.batch:
            groups.append([])
        groups[-1].append(pair)
    random.Random(f"{settings.seed}/{number}").shuffle(groups)
    return [padded(group) for group in groups]


def padded(pairs: Sequence[tuple[list[int], list[int]]]) -> Batch:
    """Pairs as one batch, padded at the right."""
    longest = max(len(prompt) + len(reply) for prompt, reply in pairs)
    ids = torch.zeros(len(pairs), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    labels = torch.full_like(ids, IGNORED)
    for row, (prompt, reply) in enumerate(pairs):
        end = len(prompt) + len(reply)
        ids[row, :end] = torch.tensor(prompt + reply)
        mask[row, :end] = 1
        labels[row, len(prompt) : end] = torch.tensor(reply)
    return Batch(ids, mask, labels)
