"""What is asked of a picture, as far as families of models read it."""

from __future__ import annotations

from typing import Protocol

from lib_omost.canvas import Canvas
from lib_omost.errors import BadInputError
from lib_omost.hosts.host import LATENT_CELL
from lib_omost.hosts.wording import Wording


class Asked(Protocol):
    """The settings of a job, with the method and the guidance that were chosen."""

    @property
    def width(self) -> int | None:
        """In pixels; None is the checkpoint's own."""
        ...

    @property
    def height(self) -> int | None:
        """In pixels; None is the checkpoint's own."""
        ...

    @property
    def batch(self) -> int:
        """Pictures at once."""
        ...

    @property
    def cfg(self) -> float | None:
        """The classifier-free guidance scale; 1 is none."""
        ...

    @property
    def guidance(self) -> float | None:
        """That which is distilled into a model; None is the usual one."""
        ...

    @property
    def words(self) -> str:
        """Those of a prompt box beside the canvas."""
        ...

    @property
    def wording(self) -> Wording:
        """How the canvas is worded."""
        ...

    def negative_of(self, canvas: Canvas, /) -> str:
        """The negative prompt with what the canvas says is absent."""
        ...


def check_side(name: str, pixels: int, multiple: int = LATENT_CELL) -> None:
    """Raises BadInputError unless `pixels` is a multiple of `multiple` from 64 to 8192."""
    if not 64 <= pixels <= 8192:
        raise BadInputError(f"a {name} of {pixels} pixels is out of range", hint="choose 64 to 8192")
    if pixels % multiple:
        below = pixels - pixels % multiple
        nearest = f"{below} and {below + multiple} are the nearest"
        raise BadInputError(f"a {name} of {pixels} pixels is no multiple of {multiple}", hint=nearest)
