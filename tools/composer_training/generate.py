"""Replies of a trained model, several at once: tokens by probability, held to the language's grammar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import llguidance
import llguidance.hf
import torch

from lib_omost.chat.local.constraint import GrammarConstraint
from lib_omost.grammar.rules import Grammar

LONGEST_REPLY = 200  # tokens


def vocabulary(model: Any, tokenizer: Any) -> llguidance.LLTokenizer:
    """The tokens of a model as llguidance knows them."""
    return llguidance.hf.from_tokenizer(
        tokenizer, n_vocab=int(model.config.vocab_size), eos_token=[int(tokenizer.eos_token_id)]
    )


@torch.inference_mode()
def replies(
    model: Any,
    tokenizer: Any,
    asked: Sequence[tuple[str, Grammar]],
    *,
    batch: int = 16,
    told: Callable[[int], None] = lambda _: None,
    temperature: float = 0.0,
) -> list[str]:
    """The replies to prompts, each under its grammar; `told` hears how many are done. Prompts alike in length go together.

    At temperature 0 each token is the most probable one, else it is drawn from torch's generator.
    """
    known = vocabulary(model, tokenizer)
    prompts = [list(tokenizer(prompt).input_ids) for prompt, _ in asked]
    order = sorted(range(len(asked)), key=lambda place: len(prompts[place]))
    found = [""] * len(asked)
    model.eval()
    for start in range(0, len(order), batch):
        group = order[start : start + batch]
        constraints = [GrammarConstraint(known, asked[place][1]) for place in group]
        asked_now = [prompts[place] for place in group]
        written = _together(model, asked_now, constraints, int(tokenizer.eos_token_id), temperature)
        for place, tokens in zip(group, written, strict=True):
            found[place] = tokenizer.decode(tokens)
        told(start + len(group))
    return found


def _together(
    model: Any, prompts: list[list[int]], constraints: list[GrammarConstraint], end: int, temperature: float
) -> list[list[int]]:
    """The tokens of each reply. Prompts are padded at the left."""
    longest = max(map(len, prompts))
    device = model.device
    ids = torch.tensor([[end] * (longest - len(prompt)) + prompt for prompt in prompts])
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    places = (mask.cumsum(1) - 1).clamp(min=0)
    written: list[list[int]] = [[] for _ in prompts]
    going = [True] * len(prompts)
    cache = None
    for _ in range(LONGEST_REPLY):
        out = model(
            input_ids=ids.to(device),
            attention_mask=mask.to(device),
            position_ids=places.to(device),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        cache = out.past_key_values
        scores = out.logits[:, -1].float().cpu()
        step = []
        for row, constraint in enumerate(constraints):
            if going[row]:
                allowed = constraint.allowed()
                token = _token(scores[row, : len(allowed)].masked_fill(~allowed, -torch.inf), temperature)
                going[row] = token != end
                if going[row]:
                    constraint.take(token)
                    written[row].append(token)
                    going[row] = not constraint.ended()
            step.append(written[row][-1] if going[row] else end)
        if not any(going):
            break
        ids = torch.tensor(step)[:, None]
        mask = torch.cat((mask, torch.ones(len(prompts), 1, dtype=mask.dtype)), 1)
        places = places[:, -1:] + 1
    return written


def _token(scores: torch.Tensor, temperature: float) -> int:
    if temperature == 0:
        return int(scores.argmax())
    return int((scores / temperature).softmax(0).multinomial(1))
