"""A loss and its gradients; on a graphics card as one CUDA graph, since small networks wait for their launches there.

As in "Whole-network capture" of PyTorch's notes on CUDA.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from mini_training.feeding import Batch

LossOf = Callable[[Batch], torch.Tensor]
_WARM = 3  # calls before one is captured


def gradients_of(loss_of: LossOf, model: torch.nn.Module, *, as_graph: bool = True) -> LossOf:
    """A function that gives the loss of a batch, detached, and leaves its gradients in the model's parameters.

    as_graph: whether it can be captured; what copies a tensor from the CPU cannot.
    On a graphics card each shape of batches is captured once, and keeps its own memory.
    """
    if as_graph and next(model.parameters()).device.type == "cuda":
        return _Captured(loss_of, model)

    def eager(batch: Batch) -> torch.Tensor:
        model.zero_grad()
        loss = loss_of(batch)
        loss.backward()
        return loss.detach()

    return eager


class _Captured:
    """Captures the first call of each shape, then replays it."""

    def __init__(self, loss_of: LossOf, model: torch.nn.Module) -> None:
        self._loss_of, self._model = loss_of, model
        self._known: dict[tuple[torch.Size, ...], _Replay] = {}

    def __call__(self, batch: Batch) -> torch.Tensor:
        shapes = tuple(tensor.shape for tensor in batch)
        if shapes not in self._known:
            self._known[shapes] = self._capture(batch)
        return self._known[shapes](batch)

    def _capture(self, batch: Batch) -> _Replay:
        given = tuple(tensor.clone() for tensor in batch)
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(_WARM):
                self._loss_of(given).backward()
                self._model.zero_grad(set_to_none=True)  # those of the capture are the graph's own
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        # other threads may pin what comes next meanwhile
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            loss = self._loss_of(given)
            loss.backward()
        gradients = [parameter.grad for parameter in self._model.parameters()]
        return _Replay(graph, given, loss.detach(), list(self._model.parameters()), gradients)


@dataclass(frozen=True)
class _Replay:
    """A captured step: what it reads, and where it leaves its loss and gradients."""

    graph: torch.cuda.CUDAGraph
    given: Batch
    loss: torch.Tensor
    parameters: list[torch.nn.Parameter]
    gradients: list[torch.Tensor | None]

    def __call__(self, batch: Batch) -> torch.Tensor:
        for kept, new in zip(self.given, batch, strict=True):
            kept.copy_(new)
        self.graph.replay()
        for parameter, gradient in zip(self.parameters, self.gradients, strict=True):
            parameter.grad = gradient
        return self.loss
