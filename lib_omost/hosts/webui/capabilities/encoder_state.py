"""What the text encoder's state is: as long as it is equal, a text is encoded the same."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

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


def _places(function: Callable[..., object]) -> int:
    """How many arguments by place it takes: some hosts have defaults for the last two, some have not, or lack them."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(one.kind in kinds for one in inspect.signature(function).parameters.values())
