"""Texts through a T5 encoder: one text of up to some hundred tokens, padded to a fixed length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from lib_omost.prompts import Bag

ROWS_A_CALL = 8  # T5-XXL holds half a gibibyte of scores for eight rows of 512 tokens

T5_PARTS = {"encoder": ("T5EncoderModel",), "tokenizer": ("T5TokenizerFast", "T5Tokenizer")}


def padded_ids(tokenizer: Any, bags: Sequence[Bag], length: int) -> torch.Tensor:
    """(N, length) ids: the bag, the end sign, padding. Raises ValueError for a bag that does not fit."""
    rows = []
    for bag in bags:
        if len(bag.ids) > length - 1:
            raise ValueError(f"a bag holds {len(bag.ids)} tokens; at most {length - 1} fit")
        row = [*bag.ids, tokenizer.eos_token_id]
        rows.append(row + [tokenizer.pad_token_id] * (length - len(row)))
    return torch.tensor(rows, dtype=torch.long)


@torch.no_grad()
def encode_t5(encoder: Any, tokenizer: Any, bags: Sequence[Bag], length: int, *, masked: bool) -> torch.Tensor:
    """(N, length, C). `masked`: texts do not attend to their padding."""
    ids = padded_ids(tokenizer, bags, length).to(encoder.device)
    lengths = torch.tensor([len(bag.ids) + 1 for bag in bags], device=ids.device)
    mask = (torch.arange(length, device=ids.device)[None, :] < lengths[:, None]).long() if masked else None
    parts = []
    for start in range(0, len(bags), ROWS_A_CALL):
        rows = slice(start, start + ROWS_A_CALL)
        parts.append(encoder(ids[rows], attention_mask=None if mask is None else mask[rows])[0])
    return torch.cat(parts)
