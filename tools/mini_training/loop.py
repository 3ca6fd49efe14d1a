"""The optimisation loop of all stages: cosine decay, a running mean of the weights, resumable at any step."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lib_omost.errors import BadInputError, OmostError
from mini_training.feeding import Batch, batches
from mini_training.gradients import LossOf, gradients_of
from mini_training.optimizers import OptimizersOf, adam
from mini_training.processes import Group, Stopped

_REPORT = 30  # seconds between two lines
_UNSAVED = 180  # seconds of work that a kill may cost on a slow machine
_WORSE = 10.0  # times the lowest mean loss between two saves: what was learned is lost, and the last save is not
_ENOUGH = 20  # steps for such a mean
_STEEP = 3.0  # times the usual norm of the gradient: longer ones are cut, or one batch can undo thousands


@dataclass(frozen=True)
class Course:
    """How long and how fast a stage learns: `rate` rises over the first 3 %, holds, and falls after the first half."""

    name: str
    steps: int
    rate: float
    last_rate: float
    averaging: float
    save_every: int

    def rate_at(self, step: int) -> float:
        """The learning rate of a step: a short ramp, a plateau to the middle, a cosine down to `last_rate`."""
        ramp = min(1.0, (step + 1) / max(1.0, 0.03 * self.steps))
        late = max(0.0, 2 * step / self.steps - 1)
        return ramp * (self.last_rate + (self.rate - self.last_rate) * (1 + math.cos(math.pi * late)) / 2)


def train(
    model: torch.nn.Module,
    batch_of: Callable[[int], Batch],
    loss_of: LossOf,
    course: Course,
    *,
    state: Path,
    group: Group,
    as_it_stands: bool = False,
    as_graph: bool = True,
    optimizers_of: OptimizersOf = adam,
) -> None:
    """Train `model` in place, on its device, and leave the running mean of its weights in it.

    `batch_of(step)` gives this process's part of a batch, on the CPU, and must depend on nothing but the step, and
    `loss_of` that on nothing but it and the weights: then a run that was stopped or killed and started again from the
    file `state` ends with the same weights as one that was not (on a graphics card, nearly).
    as_it_stands: learn nothing more than is in that file. as_graph: see `gradients_of`.
    optimizers_of: see `optimizers.py`; all of them have the course's rate.
    Raises Stopped, with the file written, when a process was told to end, BadInputError when the file is of other
    networks or a run is wanted as it stands that has not begun, and OmostError, with the file left as it was, when it
    diverged.
    """
    parameters = list(model.parameters())
    mean = [p.detach().clone() for p in parameters]
    optimizers = optimizers_of(model)
    first, seen = _restore(state, parameters, mean, optimizers)
    if as_it_stands and not first:
        raise BadInputError(f"there is no {state}", hint="let the run come to its first save of this stage")
    report = _Progress(course, first)
    saved = time.monotonic()
    learn = gradients_of(loss_of, model, as_graph=as_graph)
    steps = range(first, first if as_it_stands else course.steps)
    for step, batch in zip(steps, batches(batch_of, steps, parameters[0].device), strict=True):
        for options in (each for optimizer in optimizers for each in optimizer.param_groups):
            options["lr"] = course.rate_at(step)
        value, told = learn(batch), torch.tensor(float(group.told()))
        gradients = [p.grad for p in parameters if p.grad is not None]
        group.average([*gradients, value, told])
        seen.note(float(torch.nn.utils.clip_grad_norm_(parameters, seen.steepest)), float(value))
        for optimizer in optimizers:
            optimizer.step()
        weight = 1 - min(course.averaging, (1 + step) / (10 + step))  # the first weights are soon forgotten
        torch._foreach_lerp_(mean, [p.detach() for p in parameters], weight)
        if group.leads:
            report.step(step + 1, float(value))
            is_due = (step + 1) % course.save_every == 0 or time.monotonic() - saved > _UNSAVED
            if is_due or step + 1 == course.steps or told:
                saved = time.monotonic()
                seen.close(course.name, step + 1)
                done = {
                    "step": step + 1,
                    "model": parameters,
                    "mean": mean,
                    "optimizers": [one.state_dict() for one in optimizers],
                }
                _save(state, done | {"seen": {"norm": seen.norm, "lowest": seen.lowest}})
        if told:
            raise Stopped
    with torch.no_grad():
        for parameter, average in zip(parameters, mean, strict=True):
            parameter.copy_(average)


@dataclass
class _Seen:
    """What is usual of a run. norm: the running mean of the gradient's. lowest: the mean loss between two saves at its
    best. losses: their sum and count since the last save."""

    norm: float = 0.0
    lowest: float = math.inf
    losses: tuple[float, int] = (0.0, 0)

    @property
    def steepest(self) -> float:
        """The longest gradient that is followed; at first 1."""
        return _STEEP * self.norm or 1.0

    def note(self, norm: float, loss: float) -> None:
        """A step's gradient before it was cut, and its loss. Raises OmostError where one is no number."""
        if not math.isfinite(norm + loss):
            raise OmostError(
                "a gradient or a loss is no number any more",
                hint="the last save is kept; start the command again with other code or settings",
            )
        cut = min(norm, self.steepest)
        self.norm += (cut - self.norm) * (0.01 if self.norm else 1.0)
        self.losses = (self.losses[0] + loss, self.losses[1] + 1)

    def close(self, name: str, step: int) -> None:
        """Before a save, with steps enough to tell. Raises OmostError when the loss rose far over its lowest."""
        total, count = self.losses
        if count < _ENOUGH:
            return
        mean, self.losses = total / count, (0.0, 0)
        if mean > _WORSE * self.lowest:
            raise OmostError(
                f"{name} diverged before step {step}: a mean loss of {mean:.4f}, at its best {self.lowest:.4f}",
                hint="the last save is kept; start the command again with other code or settings",
            )
        self.lowest = min(self.lowest, mean)


def _restore(
    file: Path,
    parameters: list[torch.nn.Parameter],
    mean: list[torch.Tensor],
    optimizers: Sequence[torch.optim.Optimizer],
) -> tuple[int, _Seen]:
    """Load what `_save` wrote; the number of steps that are done, and what was usual.

    Raises BadInputError when it was written of other networks than these.
    """
    if not file.exists():
        return 0, _Seen()
    saved = torch.load(file, map_location="cpu", weights_only=True)
    if [value.shape for value in saved["model"]] != [parameter.shape for parameter in parameters]:
        raise BadInputError(f"{file} holds other networks", hint="this run is of other code: name another --run folder")
    with torch.no_grad():
        for targets, values in ((parameters, saved["model"]), (mean, saved["mean"])):
            for target, value in zip(targets, values, strict=True):
                target.copy_(value)
    for optimizer, state in zip(optimizers, saved["optimizers"], strict=True):
        optimizer.load_state_dict(state)
    return int(saved["step"]), _Seen(**saved.get("seen", {}))


def _save(file: Path, state: dict[str, Any]) -> None:
    """Replace `file` in one go: a kill leaves the old one or the new one."""
    state["model"] = [parameter.detach() for parameter in state["model"]]
    unfinished = file.with_suffix(".part")
    torch.save(state, unfinished)
    unfinished.replace(file)


class _Progress:
    """Prints a line twice a minute: where training is, the mean loss since the last line, and how long to go."""

    def __init__(self, course: Course, first: int) -> None:
        self._course = course
        self._losses: list[float] = []
        self._first = first
        self._began = self._printed = time.monotonic()

    def step(self, done: int, loss: float) -> None:
        """Note a finished step."""
        self._losses.append(loss)
        now = time.monotonic()
        if now - self._printed < _REPORT and done < self._course.steps and done > self._first + 1:
            return
        pace = (now - self._began) / (done - self._first)
        print(
            f"{self._course.name} {done}/{self._course.steps}  loss {sum(self._losses) / len(self._losses):.4f}  "
            f"rate {self._course.rate_at(done - 1):.1e}  {pace:.2f} s a step  "
            f"{pace * (self._course.steps - done) / 60:.0f} min to go",
            file=sys.stderr,
            flush=True,
        )
        self._losses = []
        self._printed = now
