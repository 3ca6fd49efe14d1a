"""T5's tokenizer with a world's words alone, which both mini transformers read their texts by."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import T5Tokenizer

from lib_omost.mini.worlds import World
from mini_training.captions import words_of

PAD, END, UNKNOWN = 0, 1, 2
MARKS = (",", ".")


def build_tokenizer(world: World) -> T5Tokenizer:
    """T5's tokenizer with the words of the world's captions alone: all others are one unknown token."""
    words = [word for word in sorted(words_of(world)) if word not in MARKS]
    pieces = [*MARKS, *(f"▁{word}" for word in words)]
    vocab = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *((piece, -1.0) for piece in pieces)]
    return T5Tokenizer(vocab=vocab, extra_ids=0)


def ids_of(tokenizer: T5Tokenizer, text: str) -> list[int]:
    """Those of a text, without the end sign."""
    return list(tokenizer(text, add_special_tokens=False).input_ids)


def padded(rows: Sequence[Sequence[int]], beyond: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """(B, T) ids with padding behind them, `beyond` behind the longest, and (B,) lengths without it."""
    longest = max(map(len, rows)) + beyond
    filled = [[*row, *[PAD] * (longest - len(row))] for row in rows]
    return torch.tensor(filled), torch.tensor([len(row) for row in rows])
