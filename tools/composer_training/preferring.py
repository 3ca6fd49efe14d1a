"""Direct preference optimisation: a model comes to prefer one of two replies, and stays near what it was.

Source: Rafailov et al. 2023, "Direct Preference Optimization", equation 7; the likelihood of the chosen reply is added
as in Pang et al. 2024, "Iterative Reasoning Preference Optimization", since else it may fall with the rejected one's.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

from composer_training.batches import IGNORED, Batch, encode, padded
from composer_training.pairs import Pair
from composer_training.preferences import Preference

SHOW_EVERY = 20  # steps


def reply_scores(model: Any, batch: Batch) -> torch.Tensor:
    """(B,) log-probabilities of whole replies."""
    ids, mask, labels = (part.to(model.device) for part in (batch.ids, batch.mask, batch.labels[:, 1:]))
    hidden = model.base_model(input_ids=ids, attention_mask=mask).last_hidden_state[:, :-1]
    asked = labels != IGNORED
    scores = model.get_output_embeddings()(hidden[asked]).float().log_softmax(-1)
    each = scores.gather(1, labels[asked][:, None])[:, 0]
    rows = torch.arange(len(labels), device=labels.device)[:, None].expand_as(labels)[asked]
    return torch.zeros(len(labels), device=each.device).index_add(0, rows, each)


def preference_loss(
    scores: torch.Tensor, before: torch.Tensor, lengths: torch.Tensor, beta: float, likelihood: float
) -> torch.Tensor:
    """The mean loss of N pairs: (2N,) `scores` of the N chosen replies and the N rejected ones, now and `before`.

    −log σ(β · ((chosen − chosen before) − (rejected − rejected before))) − likelihood · chosen / its length in tokens.
    """
    gained = (scores - before).chunk(2)
    chosen, length = scores.chunk(2)[0], lengths.chunk(2)[0]
    preferred = -nn.functional.logsigmoid(beta * (gained[0] - gained[1]))
    loss: torch.Tensor = (preferred - likelihood * chosen / length).mean()
    return loss


def prefer(
    model: Any,
    weights: dict[str, nn.Parameter],
    tokenizer: Any,
    preferences: Sequence[Preference],
    *,
    rate: float,
    beta: float,
    likelihood: float,
    pairs_a_step: int,
    seed: int,
    should_stop: Callable[[], bool],
) -> int:
    """One pass over the preferences, the rate falling to nothing; how many pairs were seen. Progress on standard error."""
    optimizer = torch.optim.AdamW(list(weights.values()), lr=rate, betas=(0.9, 0.98), weight_decay=0.0)
    batches = _batches(tokenizer, preferences, pairs_a_step, seed)
    model.eval()
    with torch.no_grad():
        before = [reply_scores(model, batch) for batch in batches]
    model.train()
    seen, recent = 0, list[tuple[float, float]]()
    for step, (batch, reference) in enumerate(zip(batches, before, strict=True)):
        if should_stop():
            break
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 10, (len(batches) - step) / len(batches))
        scores = reply_scores(model, batch)
        lengths = (batch.labels != IGNORED).sum(1).to(scores.device)
        loss = preference_loss(scores, reference, lengths, beta, likelihood)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(weights.values()), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        seen += len(batch.ids) // 2
        chosen, rejected = scores.detach().chunk(2)
        recent = [*recent[-49:], (float(loss.detach()), float((chosen > rejected).float().mean()))]
        if (step + 1) % SHOW_EVERY == 0:
            mean, right = (sum(column) / len(recent) for column in zip(*recent, strict=True))
            print(
                f"{seen}/{len(preferences)} pairs  loss {mean:.4f}  preferred {right:.0%}", file=sys.stderr, flush=True
            )
    return seen


def _batches(tokenizer: Any, preferences: Sequence[Preference], size: int, seed: int) -> list[Batch]:
    """Batches of `size` pairs alike in length, in random order: the chosen replies first, then the rejected ones."""
    coded = [
        [encode(tokenizer, Pair(one.prompt, reply, "")) for reply in (one.chosen, one.rejected)] for one in preferences
    ]
    coded.sort(key=lambda pair: len(pair[0][0]) + len(pair[0][1]))
    groups = [coded[start : start + size] for start in range(0, len(coded), size)]
    random.Random(seed).shuffle(groups)
    return [padded([pair[0] for pair in group] + [pair[1] for pair in group]) for group in groups]
