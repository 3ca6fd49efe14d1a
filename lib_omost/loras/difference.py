"""What a LoRA changes in one layer: ΔW and Δb, ΔW as two narrow factors where it has a low rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional

RANKS = (8, 32, 128)  # tried in turn; ΔW of a higher rank, or of one that does not pay, stays whole
OVERSAMPLING = 4
PAYS = 0.5  # share of the whole product's cost that two factors may have
EXACT = 1e-5  # relative error of the factors of a ΔW in single precision


@dataclass(frozen=True)
class Difference:
    """ΔW = `up` · `down`, or `down` alone where `up` is None; Δb = `bias`, where there is one.

    down: (r, in) or (r, in, kh, kw); without `up` r is out. up: (out, r). bias: (out,).
    """

    down: torch.Tensor
    up: torch.Tensor | None = None
    bias: torch.Tensor | None = None

    def scaled(self, weight: float) -> Difference:
        """The same, `weight` times as strong."""
        bias = None if self.bias is None else self.bias * weight
        if self.up is None:
            return Difference(self.down * weight, None, bias)
        return Difference(self.down, self.up * weight, bias)

    def to(self, device: torch.device, dtype: torch.dtype) -> Difference:
        """The same on another device and in another dtype."""
        own = (None if part is None else part.to(device, dtype) for part in (self.down, self.up, self.bias))
        return Difference(*own)  # type: ignore[arg-type]

    @property
    def is_narrow(self) -> bool:
        """Whether it is two factors and nothing else."""
        return self.up is not None and self.bias is None

    def of(self, x: torch.Tensor, counts: torch.Tensor | None = None) -> torch.Tensor:
        """ΔW·x + Δb of the last axis, (…, in) → (…, out); times `counts` (…, 1), where there are some."""
        down = self.down.flatten(1)
        if self.up is None:
            out = functional.linear(x, down, self.bias)
        elif counts is None or self.bias is not None:
            out = functional.linear(functional.linear(x, down), self.up, self.bias)
        else:  # the factors between are fewer than what comes out
            return functional.linear(functional.linear(x, down).mul_(counts), self.up)
        return out if counts is None else out.mul_(counts)

    @property
    def whole(self) -> torch.Tensor:
        """ΔW, (out, in) or (out, in, kh, kw)."""
        if self.up is None:
            return self.down
        product: torch.Tensor = (self.up @ self.down.flatten(1)).unflatten(1, self.down.shape[1:])
        return product


def side_by_side(changes: Sequence[Difference]) -> Difference:
    """The sum of narrow differences as one, its factors in their order."""
    downs, ups = zip(*((one.down, one.up) for one in changes if one.up is not None), strict=True)
    return Difference(torch.cat(downs), torch.cat(ups, dim=1))


@torch.no_grad()
def factored(delta: torch.Tensor, bias: torch.Tensor | None = None) -> Difference:
    """ΔW (out, in) or (out, in, kh, kw) → its difference, in single precision, with as few factors as ΔW has.

    Exact to EXACT, or to the rounding of the dtype that ΔW comes in. By a randomized range finder (Halko, Martinsson &
    Tropp 2011, arXiv 0909.4061), with a fixed seed.
    """
    allowed = max(EXACT, torch.finfo(delta.dtype).eps)
    flat = delta.detach().float().flatten(1)
    size = float(flat.norm())
    rows, columns = flat.shape
    generator = torch.Generator().manual_seed(0)
    for rank in RANKS:
        if size == 0 or rank * (rows + columns) > PAYS * rows * columns:
            break
        probes = torch.randn(columns, rank + OVERSAMPLING, generator=generator).to(flat.device)
        basis = torch.linalg.qr(flat @ probes).Q  # (out, r)
        narrow = basis.T @ flat
        if float((flat - basis @ narrow).norm()) > allowed * size:
            continue
        left, singular, right = torch.linalg.svd(narrow, full_matrices=False)
        kept = max(1, int((singular > allowed * size / len(singular)).sum()))
        root = singular[:kept].sqrt()
        down = (root[:, None] * right[:kept]).unflatten(1, delta.shape[1:])
        return Difference(down, basis @ (left[:, :kept] * root), _single(bias))
    return Difference(delta.detach().float(), None, _single(bias))


def _single(bias: torch.Tensor | None) -> torch.Tensor | None:
    return None if bias is None else bias.detach().float()
