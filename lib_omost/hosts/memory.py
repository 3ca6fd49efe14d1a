"""How a host shares the memory of its graphics card with another process that needs some of it for a while."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class HostMemory:
    """What the host gives to share its graphics memory; the defaults are those of a host without a graphics card.

    `free_bytes` is what is free now, None when there is no card. `free_host_memory` moves the host's own models off the
    card until that many bytes are free, as far as it can; `take_back` brings them back before a picture, where the
    host does not do so by itself. `picture_memory_needed` is what the next picture takes, in bytes.
    """

    free_bytes: Callable[[], int | None] = lambda: None
    free_host_memory: Callable[[int], None] = lambda needed: None  # noqa: ARG005 (the signature is the contract)
    picture_memory_needed: Callable[[], int] = lambda: 0
    take_back: Callable[[], None] = lambda: None

    def make_room(self, needed: int) -> None:
        """Before another process takes `needed` bytes: ask the host for them, unless they are free."""
        free = self.free_bytes()
        if free is not None and free < needed:
            self.free_host_memory(needed)

    def is_short(self) -> bool:
        """Whether too little is free for the next picture."""
        free = self.free_bytes()
        return free is not None and free < self.picture_memory_needed()
