"""Warnings of libraries that tell a user of this program nothing, kept back where they arise."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

# diffusers and transformers import bitsandbytes wherever it is installed, and it asks then for a kernel that would be
# fetched from the hub. It computes the same without.
_LOGGER, _BEGINNING = "bitsandbytes.backends.cpu.ops", "Failed to load CPU gemm_4bit_forward"


@contextmanager
def quiet_bitsandbytes() -> Iterator[None]:
    """bitsandbytes is imported in the block without its warning of a missing CPU kernel; all others are heard."""
    logger = logging.getLogger(_LOGGER)
    logger.addFilter(_is_heard)
    try:
        yield
    finally:
        logger.removeFilter(_is_heard)


def _is_heard(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith(_BEGINNING)
