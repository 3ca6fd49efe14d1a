"""What the text encoder's state is: as long as it is equal, a text is encoded the same."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import torch

from lib_omost.hosts.webui.capabilities.processing import is_hires


def state_of(p: Any) -> object:
    """What the host itself holds against its cache of conditionings: checkpoint, extra networks, CLIP skip, …

    A host without such a thing gets a state that equals no other, so that nothing is kept from one pass to the next.
    """
    ask = getattr(p, "cached_params", None)
    if ask is None:
        return object()
    networks = p.hr_extra_network_data if is_hires(p) else p.extra_network_data
    arguments = ((), 0, networks, None, False)
    return ask(*arguments[: _places(ask)])


def hooks_of(holder: Any) -> tuple[object, ...]:
    """What other extensions hung on the modules of a text encoder, or of what holds it; equal while it is the same.

    Some, as Cutoff does, hang a hook on it for one job, and what it is to change is in that hook.
    """
    return tuple(_known(hung) for module in _modules(holder) for hung in _hung_on(module))


def _modules(holder: Any) -> Iterator[torch.nn.Module]:
    held = [holder] if isinstance(holder, torch.nn.Module) else list(getattr(holder, "__dict__", {}).values())
    for one in held:
        if isinstance(one, torch.nn.Module):
            yield from one.modules()


def _hung_on(module: torch.nn.Module) -> Iterator[object]:
    yield from module._forward_pre_hooks.values()
    yield from module._forward_hooks.values()
    if "forward" in vars(module):
        yield vars(module)["forward"]


def _known(hung: object) -> object:
    """A reference that is equal to another one of the same object, and keeps nothing of a job alive."""
    try:
        return weakref.WeakMethod(hung) if inspect.ismethod(hung) else weakref.ref(hung)
    except TypeError:
        return object()


def _places(function: Callable[..., object]) -> int:
    """How many arguments by place it takes: some hosts have defaults for the last two, some have not, or lack them."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(one.kind in kinds for one in inspect.signature(function).parameters.values())
