"""How a model replies: what it is asked for a message, and what becomes of its text. One way is chosen by the model.

Most models write the whole canvas each time (`whole_canvas`); a composer writes a plan, or what changes (`composing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from lib_omost.canvas import Canvas
from lib_omost.chat.conversation.budget import TokenMeter
from lib_omost.chat.model import Piece, Sampling, never
from lib_omost.errors import OmostError


@dataclass(frozen=True)
class Kept:
    """What a conversation keeps of a reply that has ended, "" for nothing; what should be told of it.

    `fault` is why the canvas could not be changed as the model wrote: then it is as it was. `does_less`: less is as the
    message asks than in the reply that this one is to differ from.
    """

    text: str
    notes: tuple[str, ...] = ()
    fault: OmostError | None = None
    does_less: bool = False


class Replying(Protocol):
    """The reply to one message, while it is written."""

    def pieces(
        self,
        sampling: Sampling,
        should_stop: Callable[[], bool] = never,
        meter: Callable[[TokenMeter], None] = lambda _: None,
    ) -> Iterator[Piece]:
        """What the model writes, as it writes it; `meter` hears how full the prompt is before that.

        Raises BadInputError for a message that is too long for the model, or a reply that cannot be gone on with;
        ModelError when the model fails.
        """
        ...

    def canvas(self, written: str, *, at_end: bool = False) -> Canvas | None:
        """The canvas as far as complete lines tell of it; None while nothing new is told. To be asked as it grows."""
        ...

    @property
    def changes_canvas(self) -> bool:
        """Whether the last canvas that was told is the one before the message with changes, and not another one."""
        ...

    def kept(self, written: str, *, is_whole: bool) -> Kept:
        """What is kept of it. Not `is_whole`, more could be written: it was stopped, cut off, or failed."""
        ...
