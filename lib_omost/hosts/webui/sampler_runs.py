"""A sampler's own function, run on other parts of the schedule than the host asks for: what hosts count goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def count_calls(model: Any, step: int) -> None:
    """How many calls the host's denoiser has had: prompts change by that, and a refiner takes over."""
    if hasattr(model, "step"):
        model.step = step


def counting_on(callback: Callable[[dict[str, Any]], None] | None, done: int) -> Any:
    """The host's callback, told of steps as if those before had been taken."""
    if callback is None:
        return None

    def told(state: dict[str, Any]) -> None:
        callback({**state, "i": state["i"] + done} if "i" in state else state)

    return told
