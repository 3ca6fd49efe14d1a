"""The training loop: it saves where it is every few minutes, and goes on from there."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from composer_training.batches import IGNORED, Batch, window
from composer_training.settings import Settings

STATE = "state.pt"
SHOW_EVERY = 20  # steps


@dataclass
class State:
    """How far a run is: its window and the next batch in it, the trained weights, their average, the optimizer."""

    window: int = 0
    batch: int = 0
    step: int = 0
    pairs: int = 0
    tokens: int = 0
    cpu_seconds: float = 0.0
    average: dict[str, torch.Tensor] = field(default_factory=dict)


def train(
    settings: Settings,
    model: Any,
    weights: dict[str, nn.Parameter],
    tokenizer: Any,
    *,
    run: Path,
    pairs: int,
    cooldown: int,
    save_seconds: float,
    should_stop: Callable[[], bool],
) -> State:
    """Train on pairs until the run has seen `pairs` of them; the averaged weights are in the state that is returned.

    Over the last `cooldown` pairs the rate falls in a straight line to nothing.
    `should_stop` is asked before every batch; what there is then is saved, as it is every `save_seconds`.
    Progress goes to the standard error.
    """
    optimizer = torch.optim.AdamW(list(weights.values()), lr=settings.rate, betas=(0.9, 0.98), weight_decay=0.0)
    state = _loaded(run / STATE, weights, optimizer)
    state.average = state.average or {name: weight.detach().clone() for name, weight in weights.items()}
    model.train()
    half = getattr(torch, settings.dtype)
    mixed = not settings.rank and half != torch.float32  # all weights are kept in float32 and used in half of it
    saved, cpu = time.monotonic(), time.process_time()
    recent: list[float] = []
    for number, place, batch in _batches(settings, tokenizer, state):
        if state.pairs >= pairs or should_stop():
            break
        for group in optimizer.param_groups:
            group["lr"] = rate_at(settings, state, pairs, cooldown)
        with torch.autocast(model.device.type, half, enabled=mixed):
            loss = reply_loss(model, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(weights.values()), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        state.window, state.batch = number, place + 1
        state.step += 1
        state.pairs += len(batch.ids)
        state.tokens += int(batch.mask.sum())
        _average(state.average, weights, min(settings.average, (state.step + 1) / (state.step + 10)))
        recent = [*recent[-49:], float(loss.detach())]
        state.cpu_seconds, cpu = state.cpu_seconds + time.process_time() - cpu, time.process_time()
        if state.step % SHOW_EVERY == 0:
            print(_progress(state, recent, pairs), file=sys.stderr, flush=True)
        if time.monotonic() - saved >= save_seconds:
            _save(run / STATE, state, weights, optimizer)
            saved = time.monotonic()
    _save(run / STATE, state, weights, optimizer)
    return state


def rate_at(settings: Settings, state: State, pairs: int, cooldown: int) -> float:
    """The learning rate of the next step: it rises over the first steps and falls over the last `cooldown` pairs."""
    return settings.rate * min(1.0, (state.step + 1) / settings.warmup, (pairs - state.pairs) / max(cooldown, 1))


def reply_loss(model: Any, batch: Batch) -> torch.Tensor:
    """The mean cross-entropy of the replies' tokens; only these go through the output layer."""
    ids, mask, labels = (part.to(model.device) for part in (batch.ids, batch.mask, batch.labels[:, 1:]))
    hidden = model.base_model(input_ids=ids, attention_mask=mask).last_hidden_state
    asked = labels != IGNORED
    scores = model.get_output_embeddings()(hidden[:, :-1][asked])
    loss: torch.Tensor = nn.functional.cross_entropy(scores.float(), labels[asked])
    return loss


def _batches(settings: Settings, tokenizer: Any, state: State) -> Iterator[tuple[int, int, Batch]]:
    """The batches that are still to come, with the number of their window and their place in it."""
    start = state.batch
    for number in itertools.count(state.window):
        for place, batch in enumerate(window(settings, tokenizer, number)):
            if place >= start:
                yield number, place, batch
        start = 0


def _average(average: dict[str, torch.Tensor], weights: dict[str, nn.Parameter], kept: float) -> None:
    with torch.no_grad():
        for name, weight in weights.items():
            average[name].lerp_(weight.detach(), 1 - kept)


def _progress(state: State, recent: list[float], pairs: int) -> str:
    speed = state.tokens / max(state.cpu_seconds, 1e-9)
    return (
        f"{state.pairs}/{pairs} pairs  step {state.step}  loss {sum(recent) / len(recent):.4f}"
        f"  {speed:.0f} tokens a CPU second  {state.cpu_seconds:.0f} CPU s"
    )


def _save(path: Path, state: State, weights: dict[str, nn.Parameter], optimizer: torch.optim.Optimizer) -> None:
    """Whole or not at all: a run that is killed while it saves goes on from the state before."""
    parts = {
        "state": vars(state),
        "weights": {name: weight.detach() for name, weight in weights.items()},
        "optimizer": optimizer.state_dict(),
    }
    partial = path.with_suffix(".part")
    torch.save(parts, partial)
    partial.replace(path)


def _loaded(path: Path, weights: dict[str, nn.Parameter], optimizer: torch.optim.Optimizer) -> State:
    if not path.exists():
        return State()
    parts = torch.load(path, weights_only=True)
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(parts["weights"][name])
    optimizer.load_state_dict(parts["optimizer"])
    return State(**parts["state"])
