"""Blocks of a denoiser that keep nothing but their input for a gradient, and are computed once more when it is due.

torch's own recomputation cannot be used here: what a block shows to a `Watch` must come out of it with a gradient, the
code of some hosts changes tensors in place, and the weights may be inference tensors' doubles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import torch

from lib_omost.attention.call import Forward, RegionalCall
from lib_omost.attention.watched import Seen
from lib_omost.autocast import autocast_dtype, is_there
from lib_omost.hosts.cross_attention import CrossAttention
from lib_omost.hosts.denoiser import Layer

CROSS = ".attn2"
Run = Callable[[torch.Tensor], tuple[torch.Tensor, ...]]
Replaced = Callable[[Any, Forward], AbstractContextManager[None]]


class EnoughSeenError(Exception):
    """All layers that are looked at have been; what comes behind them is not needed. Never leaves the engine."""


def blocks_of(denoiser: torch.nn.Module, layers: Sequence[Layer]) -> list[torch.nn.Module]:
    """The transformer blocks around cross-attention, and the smallest modules beside them with two convolutions."""
    modules = dict(denoiser.named_modules())
    around = {
        one.name.removesuffix(CROSS): modules[one.name.removesuffix(CROSS)]
        for one in layers
        if isinstance(one, CrossAttention) and one.name.endswith(CROSS)
    }
    found = list(around.values())

    def look(name: str, module: torch.nn.Module) -> bool:
        """Whether the module, or one within it, is taken or holds what is taken."""
        if name in around:
            return True
        children = [(f"{name}.{key}" if name else key, child) for key, child in module.named_children()]
        within = [look(*child) for child in children]
        if any(within):
            return True
        if sum(isinstance(one, torch.nn.Conv2d) for one in module.modules()) >= 2:
            found.append(module)
            return True
        return False

    look("", denoiser)
    return found


@contextmanager
def recomputed(
    blocks: Sequence[torch.nn.Module], call: RegionalCall, replaced: Replaced, *, copies: bool, enough: int | None
) -> Iterator[None]:
    """In this block of code each of `blocks` keeps its input alone.

    copies: what is kept within a block while it is computed once more is copied, for code that changes it in place.
    enough: after so many layers have been seen EnoughSeenError is raised.
    """
    with ExitStack() as undo:
        for block in blocks:
            undo.enter_context(replaced(block, _forward(block.forward, call, copies=copies, enough=enough)))
        yield


def _forward(original: Forward, call: RegionalCall, *, copies: bool, enough: int | None) -> Forward:
    def forward(*everything: Any, **keywords: Any) -> Any:
        watch = call.watch
        assert watch is not None  # the forwards are there while a gradient is computed
        if enough is not None and watch.layers >= enough:
            raise EnoughSeenError
        if not everything or not everything[0].requires_grad:
            return original(*everything, **keywords)
        x, *arguments = everything
        given = tuple(map(_copied, arguments)), {name: _copied(value) for name, value in keywords.items()}
        kinds: list[bool] = []

        def run(fresh: torch.Tensor) -> tuple[torch.Tensor, ...]:
            with watch.aside() as seen:
                out = original(fresh, *map(_copied, given[0]), **{name: _copied(one) for name, one in given[1].items()})
            kinds[:] = [one.is_tokens for one in seen]
            return (out, *(one.kept for one in seen))

        out, *kept = _Recomputed.apply(run, copies, x)  # type: ignore[no-untyped-call]
        for is_tokens, one in zip(kinds, kept, strict=True):
            watch.add(Seen(is_tokens, one))
        return out

    return forward


def _copied(value: Any) -> Any:
    """Hosts write into the dicts that they hand from block to block, such as where in the model they are."""
    return dict(value) if type(value) is dict else value


class _Recomputed(torch.autograd.Function):
    """x (requires a gradient) → what `run` gives, several tensors; the first run keeps x and nothing else."""

    @staticmethod
    def forward(ctx: Any, run: Run, copies: bool, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        ctx.run, ctx.copies = run, copies
        ctx.autocast = _autocast_as_now(x.device.type)
        ctx.save_for_backward(x)
        with torch.no_grad():
            return run(x.clone())  # it may write into its input

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[None, None, torch.Tensor]:
        (x,) = ctx.saved_tensors
        leaf = x.detach().requires_grad_(True)
        with ExitStack() as around:
            around.enter_context(torch.enable_grad())
            around.enter_context(ctx.autocast())
            if ctx.copies:
                around.enter_context(torch.autograd.graph.saved_tensors_hooks(torch.clone, lambda kept: kept))
            outs = ctx.run(leaf.clone())
            pairs = [pair for pair in zip(outs, gradients, strict=True) if pair[0].requires_grad]
        (gradient,) = torch.autograd.grad([out for out, _ in pairs], leaf, [given for _, given in pairs])
        return None, None, gradient


def _autocast_as_now(kind: str) -> Callable[[], AbstractContextManager[Any]]:
    """The thread that computes gradients has an autocast of its own."""
    if not is_there(kind):
        return ExitStack
    dtype = autocast_dtype(kind)
    return lambda: torch.autocast(kind, dtype=dtype, enabled=dtype is not None)
