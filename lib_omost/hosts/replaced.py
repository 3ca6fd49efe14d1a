"""An object's own attribute in the place of its class's, for the time of a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def replaced(owner: Any, name: str, value: object) -> Iterator[None]:
    """In this block `owner` has `value` under that name; then what was there, its own or its class's, is there again.

    It hides what the class has, so that a host may exchange that meanwhile.
    """
    own = vars(owner)
    before = {name: own[name]} if name in own else {}
    own[name] = value
    try:
        yield
    finally:
        own.pop(name, None)
        own.update(before)
