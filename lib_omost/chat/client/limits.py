"""How long and how much a server may answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Seconds and bytes of one request.

    `connect` is for reaching the server, `first` until the first piece of the reply (a long prompt on a CPU takes
    minutes), `between` from one piece to the next, `whole` for all of it. `most_bytes` are read of a stream as it comes
    over the wire, `most_chars` are kept as the reply. Raises ValueError when one is not positive.
    """

    connect: float = 5.0
    first: float = 600.0
    between: float = 60.0
    whole: float = 3600.0
    most_bytes: int = 16 * 2**20
    most_chars: int = 300_000

    def __post_init__(self) -> None:
        if min(self.connect, self.first, self.between, self.whole, self.most_bytes, self.most_chars) <= 0:
            raise ValueError("every limit must be positive")


QUESTION = Limits(connect=3.0, first=10.0, between=10.0, whole=10.0, most_bytes=2**20)  # for what is asked of a server
