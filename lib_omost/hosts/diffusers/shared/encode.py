"""Bags of sub-prompts → token embeddings, with the pipeline's own text encoders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lib_omost.hosts.diffusers.shared.pipeline import Pipeline

LENGTH = 77  # BOS + at most 75 tokens + EOS, padded
ROWS_A_CALL = 64  # bags encoded in one call of a text encoder: all of an ordinary canvas


@dataclass(frozen=True)
class Encoded:
    """embeddings: (N, 77, C), one row a bag; pooled: (N, P) with SDXL, else None."""

    embeddings: torch.Tensor
    pooled: torch.Tensor | None


def tokenize_with(tokenizer: Any) -> Callable[[str], list[int]]:
    """A transformers tokenizer as the plain callable that bags are made with: text → ids without BOS and EOS."""

    def tokenize(text: str) -> list[int]:
        ids: list[int] = tokenizer(text, add_special_tokens=False, truncation=False, verbose=False).input_ids
        return ids

    return tokenize


@torch.no_grad()
def encode_bags(pipeline: Pipeline, bags: Sequence[Sequence[int]]) -> Encoded:
    """Encode N bags of at most 75 ids each, every one on its own: no bag attends to another.

    SD1.x takes the last hidden layer; SDXL the second-last of both encoders side by side, with the pooled vector of the
    second (Podell et al. 2023, arXiv 2307.01952).
    """
    parts = [_encode_call(pipeline, bags[start : start + ROWS_A_CALL]) for start in range(0, len(bags), ROWS_A_CALL)]
    pooled = [part.pooled for part in parts if part.pooled is not None]
    return Encoded(torch.cat([part.embeddings for part in parts]), torch.cat(pooled) if pooled else None)


def _encode_call(pipeline: Pipeline, bags: Sequence[Sequence[int]]) -> Encoded:
    device = pipeline.text_encoder.device
    if getattr(pipeline, "text_encoder_2", None) is None:
        ids = padded(bags, pipeline.tokenizer).to(device)
        return Encoded(pipeline.text_encoder(ids).last_hidden_state, None)
    first = pipeline.text_encoder(padded(bags, pipeline.tokenizer).to(device), output_hidden_states=True)
    second = pipeline.text_encoder_2(padded(bags, pipeline.tokenizer_2).to(device), output_hidden_states=True)
    side_by_side = torch.cat([first.hidden_states[-2], second.hidden_states[-2]], dim=-1)  # (N, 77, 768 + 1280)
    return Encoded(side_by_side, second.text_embeds)


def padded(bags: Sequence[Sequence[int]], tokenizer: Any) -> torch.Tensor:
    """(N, 77) ids: BOS, the bag, EOS, then the tokenizer's padding."""
    rows = []
    for bag in bags:
        if len(bag) > LENGTH - 2:
            raise ValueError(f"a bag holds {len(bag)} tokens; at most {LENGTH - 2} fit")
        row = [tokenizer.bos_token_id, *bag, tokenizer.eos_token_id]
        rows.append(row + [tokenizer.pad_token_id] * (LENGTH - len(row)))
    return torch.tensor(rows, dtype=torch.long)
