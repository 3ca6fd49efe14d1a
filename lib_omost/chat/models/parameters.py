"""How large a language model is, by its name or what is said of it: very small ones are asked in another way."""

from __future__ import annotations

import re

TINY = 4e9  # parameters; models below it copy the examples they are shown, and lose count of long ones
_BILLIONS, _MILLIONS = 1e9, 1e6
_SIZE = re.compile(r"(?<![a-z0-9.])[ea]?(\d{1,4}(?:\.\d{1,2})?)([bm])(?![a-z0-9])")
_EXPERTS = re.compile(r"(?<![a-z0-9])(\d{1,3})x(\d{1,3}(?:\.\d)?)b(?![a-z0-9])")


def is_tiny(name: str, parameters: float | None = None) -> bool:
    """Whether a model has less than 4 billion parameters, as is said of it, else by its name.

    A size that is nowhere said is taken for a capable one.
    """
    known = parameters if parameters is not None else parameters_in(name)
    return known is not None and known < TINY


def parameters_in(name: str) -> float | None:
    """The parameters that a name tells, as in `llama3.2:1b`, `Qwen2.5-0.5B` or `mixtral-8x7b`; else None."""
    lower = name.lower().replace("_", "-")
    if experts := _EXPERTS.search(lower):
        return float(experts[1]) * float(experts[2]) * _BILLIONS
    sizes = [float(number) * (_BILLIONS if unit == "b" else _MILLIONS) for number, unit in _SIZE.findall(lower)]
    return max(sizes, default=None)  # "30b-a3b" has 30
