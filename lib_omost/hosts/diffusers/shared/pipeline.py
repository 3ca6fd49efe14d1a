"""What diffusers' pipelines are called here, and which steps those that begin from pictures leave out."""

from __future__ import annotations

from typing import Any, TypeAlias

Pipeline: TypeAlias = Any  # any of diffusers' pipelines: they and their loaders are not typed


def left_out(steps: int, strength: float) -> int:
    """How many of a schedule's first steps a pipeline of image to image leaves out, as diffusers rounds it: down."""
    return int(max(steps - steps * strength, 0))
