"""A token table of which few rows are trained, kept without the rows that are all the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

_KEY = "token_embedding."


@dataclass(frozen=True)
class SparseTable:
    """A (V, C) table: row `ids[n]` is `rows[n]`, every other one is `shared`.

    ids: (N,) int64, ascending. rows: (N, C). shared: (C,).
    """

    ids: torch.Tensor
    rows: torch.Tensor
    shared: torch.Tensor

    def expand(self, size: int) -> torch.Tensor:
        """The whole table, (size, C)."""
        table = self.shared.expand(size, -1).clone()
        table[self.ids] = self.rows
        return table

    def tensors(self) -> dict[str, torch.Tensor]:
        """What a safetensors file holds of it: `token_embedding.ids`, `.rows` and `.shared`."""
        return {_KEY + "ids": self.ids, _KEY + "rows": self.rows, _KEY + "shared": self.shared}


def pack_table(table: torch.Tensor) -> SparseTable:
    """The sparse form of a (V, C) table, exactly: `pack_table(table).expand(V)` equals `table`."""
    distinct, row_of, count = torch.unique(table, dim=0, return_inverse=True, return_counts=True)
    shared = int(count.argmax())
    ids = (row_of != shared).nonzero().flatten()
    return SparseTable(ids, table[ids].clone(), distinct[shared].clone())


def table_from(tensors: Mapping[str, torch.Tensor]) -> SparseTable:
    """The table among the tensors of a file. Raises KeyError when a part of it is missing."""
    return SparseTable(*(tensors[_KEY + part] for part in ("ids", "rows", "shared")))


def without_table(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The other tensors of the file."""
    return {name: tensor for name, tensor in tensors.items() if not name.startswith(_KEY)}
