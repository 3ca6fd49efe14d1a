"""What a gradient of attention takes in memory beside the model, said before it is computed, and what is free."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from lib_omost.errors import OmostError

# Measured on the mini checkpoint's blocks, in bytes of a block's own input: what stays of each block until the gradient
# comes by (its input, and what joins blocks: skips, norms and projections), and what one takes while it is computed.
KEPT, WITHIN = 2, 10
PROBABILITIES = 4  # of those of a layer that is looked at: scores, themselves, and the gradients of both
SPARE = 1.1  # of what is needed must be free: allocators do not give all that they have

Free = Callable[[torch.device], int | None]


@dataclass(frozen=True)
class Size:
    """blocks: bytes of each block's input, in the order of calls. looked_at: bytes of each layer's probabilities."""

    blocks: Sequence[int]
    looked_at: Sequence[int]

    @property
    def needed(self) -> int:
        """Bytes."""
        within = WITHIN * max(self.blocks, default=0) + PROBABILITIES * max(self.looked_at, default=0)
        return KEPT * sum(self.blocks) + within


def free_bytes(device: torch.device) -> int | None:
    """Bytes that can be had there; None where nobody says."""
    if device.type == "cuda":
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + unused
    if device.type == "mps":
        return int(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    if device.type != "cpu":
        return None
    try:
        import psutil
    except ImportError:
        return None
    return int(psutil.virtual_memory().available)


def refuse_too_large(size: Size, device: torch.device, free: Free = free_bytes) -> None:
    """Raise OmostError, with both figures, where a gradient needs more than is free."""
    there = free(device)
    if there is not None and size.needed * SPARE > there:
        raise too_large(size, there)


def too_large(size: Size, there: int | None = None) -> OmostError:
    """The refusal."""
    are_free = "" if there is None else f", and {_shown(max(0, there))} are free"
    return OmostError(
        f"guidance by gradients needs {_shown(size.needed)} beside the model for a picture of this size{are_free}",
        hint="choose a smaller size or another method, or free some memory",
    )


def _shown(count: int) -> str:
    mebibytes = count / 2**20
    return f"{mebibytes / 1024:.1f} GiB" if mebibytes >= 1000 else f"{max(1, round(mebibytes))} MiB"
