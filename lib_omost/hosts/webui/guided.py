"""A method's guidance in a WebUI: the latent is moved between two steps of the host's own sampler.

The host calls `sampler.func(model, x, sigmas=…, …)` once. Here each of the first steps becomes a run of that function
by itself, over two σ of the schedule, and between these runs the latent is ours. So nothing is changed under a sampler,
however often it calls the denoiser within a step; one that remembers earlier steps begins anew behind each move, as its
memory is of another latent. What the UNet is given at a step is told by a call of the host's denoiser that ends before
the UNet computes anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any

import torch

from lib_omost.errors import OmostError
from lib_omost.hosts.gradients import Gradients, Row
from lib_omost.hosts.hooks import forward_replaced
from lib_omost.hosts.replaced import replaced
from lib_omost.hosts.webui.capabilities.processing import Processing
from lib_omost.hosts.webui.sampler_runs import count_calls, counting_on
from lib_omost.methods.row_changes import latent_of

NO_SCHEDULE = "this sampler has no schedule that can be entered at any step"
SAMPLERS = "choose a sampler such as Euler, Euler a, Heun or DPM++ 2M, or another method"
FAR = 0.05  # of a row's size, between it and the picture that it is taken for


class _AllGivenError(Exception):
    """Every picture's row was seen. Ends a call of the host's denoiser, and never leaves this file."""


@contextmanager
def sampling_moved(
    p: Processing, guiding: Callable[[], Gradients | None], without: Callable[[str, str], None]
) -> Iterator[None]:
    """The sampler's next run is guided, in this block.

    guiding: of the UNet that the job draws with by now, None where it has none. without: told why the run is not
    guided, and what to do; it may refuse the job.
    """
    sampler: Any = p.sampler
    original = getattr(sampler, "func", None)
    if original is None:
        without(NO_SCHEDULE, SAMPLERS)
        yield
        return

    @wraps(original)
    def func(model: Any, x: torch.Tensor, *arguments: Any, **keywords: Any) -> Any:
        sigmas = keywords.get("sigmas")
        if arguments or not isinstance(sigmas, torch.Tensor) or sigmas.dim() != 1 or x.dim() != 4:
            without(NO_SCHEDULE, SAMPLERS)
            return original(model, x, *arguments, **keywords)
        moves = Moves(model, guiding, keywords.get("extra_args") or {})
        done, last = 0, len(sigmas) - 1
        while done < last and (moved := moves.before(x, sigmas[done])) is not None:
            x = original(model, moved, **_part(keywords, sigmas, done, done + 1))
            done += 1
        if done == last:
            return x
        return original(model, x, **(_part(keywords, sigmas, done, last) if done else keywords))

    with replaced(sampler, "func", func):
        yield


class Moves:
    """Where the latent goes before each step of one sampling run."""

    def __init__(self, model: Any, guiding: Callable[[], Gradients | None], extra: Mapping[str, Any]) -> None:
        self._model = model
        self._guiding = guiding
        self._extra = extra
        self._noise: float | None = None

    def before(self, x: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor | None:
        """(B, C, H, W) before the step at σ → the latent that the step begins with; None where guidance has ended.

        Raises OmostError where what the UNet is given is not the latent.
        """
        gradients = self._guiding()
        if gradients is None:
            return None
        rows = self._rows(gradients, x, sigma)
        noise = gradients.call.noise
        if not rows or noise is None or noise < gradients.guidance.least_noise:
            return None
        counted = _counted(self._model, x)
        moved = x.clone()
        for picture in range(len(x)):
            row, scale = _row_of(x[picture], rows, counted)
            given = latent_of(row.arguments, row.keywords)[row.number]
            there = gradients.moved(row, noise, self._noise)[0]
            moved[picture] += ((there - given)[: x.shape[1]] / scale).to(x.dtype)
            rows = [one for one in rows if one is not row] or rows
        self._noise = noise
        return moved

    def _rows(self, gradients: Gradients, x: torch.Tensor, sigma: torch.Tensor) -> list[Row]:
        """What the UNet is given of each picture; nothing is computed, and no random number is used up."""
        call, module, found = gradients.call, gradients.module, []
        own = module.forward

        def noted(*arguments: Any, **keywords: Any) -> torch.Tensor:
            for number, run in enumerate(call.followed):
                if run is not None and call.draws(run):
                    found.append(Row(own, arguments, keywords, number, call.rows, run))
            if len(found) >= len(x):
                raise _AllGivenError
            return torch.zeros_like(latent_of(arguments, keywords)[:, : x.shape[1]])

        step = getattr(self._model, "step", 0)
        cards = [x.device] if x.device.type == "cuda" else []
        with torch.random.fork_rng(cards), forward_replaced(module, noted), suppress(_AllGivenError):
            self._model(x, sigma * x.new_ones(len(x)), **self._extra)
        count_calls(self._model, step)
        return found


def _row_of(picture: torch.Tensor, rows: list[Row], counted: torch.Tensor) -> tuple[Row, float]:
    """The row that a picture (C, H, W) became, and what it was multiplied with. `counted`: cells to tell it by."""

    def match(row: Row) -> tuple[float, float]:
        given = _exact(latent_of(row.arguments, row.keywords)[row.number][: len(picture)]) * counted
        own = _exact(picture) * counted
        scale = float((given * own).sum() / (own * own).sum().clamp(min=1e-12))
        return float((given - scale * own).norm() / given.norm().clamp(min=1e-12)), scale

    matches = [match(row) for row in rows]
    best = min(range(len(rows)), key=lambda number: matches[number][0])
    distance, scale = matches[best]
    if distance > FAR or scale <= 0:
        raise OmostError(
            "Omost cannot guide this picture: another extension changes the latent on its way to the image model",
            hint="switch off other extensions that work on sampling, or choose another method",
        )
    return rows[best], scale


def _exact(tensor: torch.Tensor) -> torch.Tensor:
    """In float64 on the CPU: not every device has it."""
    return tensor.float().cpu().double()


def _counted(model: Any, x: torch.Tensor) -> torch.Tensor:
    """(C, H, W) of 0 and 1: cells that the host hands on as they are. Where it draws a part of a picture it puts the
    old one under noise into all others."""
    drawn = getattr(model, "nmask", None)
    everything = torch.ones(x.shape[1:], dtype=torch.float64)
    if not isinstance(drawn, torch.Tensor):
        return everything
    inside = drawn.reshape(-1, *drawn.shape[-2:])[:1].cpu() > 0.99
    return everything * inside if bool(inside.any()) else everything


def _part(keywords: Mapping[str, Any], sigmas: torch.Tensor, first: int, last: int) -> dict[str, Any]:
    """The sampling function's keywords for the steps from σ number `first` to number `last` alone."""
    part: dict[str, Any] = {
        **keywords,
        "sigmas": sigmas[first : last + 1],
        "callback": counting_on(keywords.get("callback"), first),
    }
    if last - first == 1 and last < len(sigmas) - 1:
        part["disable"] = True  # the bar of a run of one step
    if part.get("s_churn"):  # it is shared out among the steps of a run
        part["s_churn"] *= (last - first) / (len(sigmas) - 1)
    return part
