"""How much memory tensors take at once while something is computed, without a graphics card: every storage that an
operator gives is counted until it is let go."""

from __future__ import annotations

import weakref
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class LiveMemory(TorchDispatchMode):
    """peak: the most bytes at once of what was made in the block."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.live = self.peak = 0
        self._known: set[int] = set()

    def __torch_dispatch__(self, operator: Any, _types: Any, arguments: Any = (), keywords: Any = None) -> Any:
        out = operator(*arguments, **(keywords or {}))
        given = {_address(one) for one in tree_leaves((arguments, keywords)) if isinstance(one, torch.Tensor)}
        for tensor in tree_leaves(out):
            if isinstance(tensor, torch.Tensor) and _address(tensor) not in given | self._known:
                self._count(tensor.untyped_storage())
        return out

    def _count(self, storage: Any) -> None:
        address, size = storage._cdata, storage.nbytes()
        self._known.add(address)
        self.live += size
        self.peak = max(self.peak, self.live)
        weakref.finalize(storage, self._gone, address, size)

    def _gone(self, address: int, size: int) -> None:
        self._known.discard(address)
        self.live -= size


def _address(tensor: torch.Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)
