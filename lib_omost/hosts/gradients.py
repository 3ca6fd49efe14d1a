"""The gradient of a guidance's loss by one row of a denoiser's call, in whatever host.

A row is moved alone, so memory is that of one picture. The loss is in float32; it is scaled before it goes back through
a model in half precision, and scaled less where that gives numbers that are not finite.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import Any

import torch

from lib_omost.attention.call import Forward, RegionalCall
from lib_omost.attention.layout import Layout, layer_size
from lib_omost.attention.plain import weighted_attention
from lib_omost.attention.run import RegionalRun
from lib_omost.attention.watched import Watch
from lib_omost.errors import OmostError
from lib_omost.hosts.denoiser import Denoiser
from lib_omost.hosts.gradient_memory import Free, Size, free_bytes, refuse_too_large, too_large
from lib_omost.hosts.hooks import forward_replaced
from lib_omost.hosts.normal_tensors import can_be_differentiated, differentiable, normal, undecorated
from lib_omost.hosts.recomputed import EnoughSeenError, blocks_of, recomputed
from lib_omost.methods.attention_maps import subjects_of
from lib_omost.methods.guidance import Guidance, Measured
from lib_omost.methods.row_changes import latent_of, with_latent, with_rows

LEAST_PIXELS = 200  # of the layers that are looked at: the papers' 16 × 16 at 512 × 512, 14 × 18 at 448 × 576
SCALES = (2.0**12, 2.0**6, 1.0)  # of the loss, one after another until the gradient is finite
IN_PLACE = "modified by an inplace operation"


@dataclass(frozen=True)
class Row:
    """A row of a call of the denoiser: its number of all `rows`, the run that it follows, and the call's arguments.

    forward: the denoiser's own.
    """

    forward: Forward
    arguments: Sequence[Any]
    keywords: Mapping[str, Any]
    number: int
    rows: int
    run: RegionalRun


@dataclass(frozen=True)
class Given:
    """A call of the denoiser with one row: its forward, and what that is called with."""

    forward: Forward
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]


class Gradients:
    """Guidance of one denoiser, for one sampling run: what was found out of the model is kept, all else is put back.

    free: how many bytes can be had on a device, None where that is not known. stopped: whether the user ended the job.
    recomputes: blocks keep their input alone and are computed twice, in less memory than all that they keep.
    Raises OmostError for weights that no gradient goes through.
    """

    def __init__(
        self,
        denoiser: Denoiser,
        call: RegionalCall,
        guidance: Guidance,
        *,
        free: Free = free_bytes,
        stopped: Callable[[], bool] = lambda: False,
        recomputes: bool = True,
    ) -> None:
        if not can_be_differentiated(denoiser.module):
            raise OmostError(
                "guidance by gradients needs a model whose weights are not quantized", hint="choose another method"
            )
        self.guidance = guidance
        self.call = call
        self.size: Size | None = None
        self._denoiser = denoiser
        self._blocks = blocks_of(denoiser.module, denoiser.layers)
        self._recomputed = self._blocks if recomputes else []
        self._free = free
        self._stopped = stopped
        self._doubles: dict[RegionalRun, RegionalRun] = {}
        self._watch = Watch(guidance.measure)
        self._layers = 0
        self._copies = False

    @property
    def module(self) -> torch.nn.Module:
        """The denoiser's."""
        return self._denoiser.module

    def moved(self, row: Row, noise: float, before: float | None) -> torch.Tensor:
        """(1, C, H, W): the latent of a row, as the step is to begin with it.

        noise, before: as `Guidance.moved` has them.
        Raises OmostError where the memory does not suffice, or the model's code cannot be differentiated.
        """
        with differentiable(self.module), ExitStack() as undo:
            given, named = with_rows(row.arguments, row.keywords, torch.tensor([row.number]), row.rows)
            asked = Given(undecorated(row.forward), normal(given), normal(named))
            latent = latent_of(asked.arguments, asked.keywords).detach()
            double = self._double(row.run)
            undo.enter_context(self.call.within([double], self.call.height, self.call.width))
            undo.callback(setattr, self.call, "watch", None)
            self.call.watch = self._watch
            layout = self._looked_at(asked, latent, double)
            if not subjects_of(layout):
                return latent

            def gradient(at: torch.Tensor) -> Measured:
                return self._measured(asked, at.to(latent.dtype), layout)

            exact = latent.to(torch.promote_types(latent.dtype, torch.float32))
            return self.guidance.moved(exact, noise, before, gradient, self._stopped)

    def _double(self, run: RegionalRun) -> RegionalRun:
        """The run's canvas in a run of normal tensors, kept as long as this."""
        if run not in self._doubles:
            embeddings = run.context.embeddings.clone()
            self._doubles[run] = RegionalRun(replace(run.context, embeddings=embeddings), weighted_attention)
        return self._doubles[run]

    def _looked_at(self, asked: Given, latent: torch.Tensor, run: RegionalRun) -> Layout:
        """The layout of the layers that are looked at; found out in the first call, by one without a gradient."""
        if self._watch.pixels is None:
            sizes: list[int] = []
            noted = [block.register_forward_pre_hook(_noting(sizes)) for block in self._blocks]
            try:
                self._watch.sizes.clear()
                with torch.no_grad():
                    self._call(asked, latent)
            finally:
                for hook in noted:
                    hook.remove()
            pixels = {each for each, _, _ in self._watch.sizes}
            chosen = min((one for one in pixels if one >= LEAST_PIXELS), default=max(pixels))
            layers = [size for size in self._watch.sizes if size[0] == chosen]
            looked_at = [one * heads * max(tokens, one) * 4 for one, heads, tokens in layers]
            self.size = Size(sizes, looked_at)
            refuse_too_large(self.size, latent.device, self._free)
            self._watch.pixels = chosen
            both = 1 if self.guidance.measure.pixel_bias is None else 2
            self._layers = both * len(looked_at)
        return run.layout(*layer_size(self.call.height, self.call.width, self._watch.pixels))

    def _measured(self, asked: Given, latent: torch.Tensor, layout: Layout) -> Measured:
        """The loss at a latent, and its gradient."""
        for scale in SCALES:
            try:
                loss, gradient = self._gradient(asked, latent, layout, scale)
            except torch.OutOfMemoryError as error:
                assert self.size is not None
                raise too_large(self.size) from error
            except RuntimeError as error:
                if IN_PLACE in str(error) and not self._copies:
                    self._copies = True
                    return self._measured(asked, latent, layout)
                raise OmostError(
                    f"guidance by gradients cannot look into this model ({error})", hint="choose another method"
                ) from error
            if bool(torch.isfinite(gradient).all()):
                break
        else:
            gradient = torch.zeros_like(gradient)
        subjects = len(subjects_of(layout)) if self.guidance.measure.per_subject else 1
        return Measured(loss / subjects, gradient)

    def _gradient(self, asked: Given, latent: torch.Tensor, layout: Layout, scale: float) -> tuple[float, torch.Tensor]:
        """The loss, and its gradient in float32 at least."""
        leaf = latent.clone().requires_grad_(True)
        self._watch.begin()
        blocks = recomputed(self._recomputed, self.call, forward_replaced, copies=self._copies, enough=self._layers)
        with blocks, torch.enable_grad():
            with suppress(EnoughSeenError):
                self._call(asked, leaf)
            loss = self._watch.loss(layout)
            (gradient,) = torch.autograd.grad(loss * scale, leaf)
        self._watch.begin()
        return float(loss.detach()), gradient.to(torch.promote_types(gradient.dtype, torch.float32)) / scale

    @staticmethod
    def _call(asked: Given, latent: torch.Tensor) -> None:
        arguments, keywords = with_latent(normal(asked.arguments), normal(asked.keywords), latent)  # hosts empty lists
        asked.forward(*arguments, **keywords)


def _noting(sizes: list[int]) -> Callable[[Any, tuple[Any, ...]], None]:
    """Bytes of a block's input, told as it is called."""

    def note(_module: Any, arguments: tuple[Any, ...]) -> None:
        if arguments and isinstance(arguments[0], torch.Tensor):
            sizes.append(arguments[0].numel() * arguments[0].element_size())

    return note
