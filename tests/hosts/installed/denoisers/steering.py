"""A small transformer of a WebUI's under a canvas, for the checks of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import torch

from lib_omost.attention.context import RegionalContext, Span
from lib_omost.canvas import Rect
from lib_omost.errors import OmostError
from lib_omost.hosts.hooks import regional_attention
from lib_omost.hosts.reference_tokens import ShownPictures
from lib_omost.hosts.webui.capabilities.denoiser import denoiser_of
from lib_omost.methods.registry import METHODS
from tests.hosts.installed.denoisers.tiny import CHANNELS, TEXT, Tiny

HEIGHT, WIDTH = 8, 14
LEFT = Rect(0, 90, 0, 45)
SPANS = (Span(0, 9, (0, 90, 0, 90)), Span(9, 14, (0, 90, 0, 45)), Span(14, 20, (40, 90, 30, 90)))
WHOLE = (Span(0, 20, (0, 90, 0, 90)),)
ROWS = [(0, 1), (1, 0), (0, 0), (0, 1, 0)]


def context_of(spans: tuple[Span, ...] = SPANS) -> RegionalContext:
    return RegionalContext(torch.randn(20, TEXT, generator=torch.Generator().manual_seed(3)), spans)


def other_text(tokens: int = 20) -> torch.Tensor:
    return torch.randn(tokens, TEXT, generator=torch.Generator().manual_seed(8))


def sides(tiny: Tiny) -> tuple[int, int]:
    """Positions of the image, down and across."""
    return HEIGHT // tiny.patch, WIDTH // tiny.patch


def pixels_of(tiny: Tiny) -> int:
    height, width = sides(tiny)
    return height * width


def latents(rows: int = 1) -> torch.Tensor:
    return torch.randn(rows, CHANNELS, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(1))


def steered(
    tiny: Tiny, *contexts: RegionalContext, method: str = "layout", pictures: ShownPictures | None = None
) -> AbstractContextManager[object]:
    denoiser = denoiser_of(tiny.engine)
    return regional_attention(denoiser, contexts, METHODS[method], height=HEIGHT, width=WIDTH, pictures=pictures)


def close(one: torch.Tensor, other: torch.Tensor, most: float = 1e-5) -> None:
    difference = float((one.double() - other.double()).abs().max())
    assert difference <= most, f"differ by {difference}"


def refusal(asked: Callable[[], None]) -> str:
    """What is told; nothing where nothing is refused."""
    try:
        asked()
    except OmostError as error:
        return error.told
    return ""
