"""The tensors that a LoRA file holds of one layer → ΔW and Δb, in single precision.

LoRA (Hu et al. 2021, arXiv 2106.09685), LoCon, LoHa and LoKr as LyCORIS writes them (Yeh et al. 2023, arXiv
2309.14859), DoRA (Liu et al. 2024, arXiv 2402.09353), and whole differences.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from lib_omost.errors import ModelError

Tensors = Mapping[str, torch.Tensor]
NORMS = ("w_norm", "b_norm")
KNOWN = (
    {"lora_up.weight", "lora_down.weight", "lora_mid.weight", "alpha", "dora_scale", "diff", "diff_b", "scale"}
    | {"lora_A.weight", "lora_B.weight"}
    | {f"hada_{part}" for part in ("w1_a", "w1_b", "w2_a", "w2_b", "t1", "t2")}
    | {f"lokr_{part}" for part in ("w1", "w1_a", "w1_b", "w2", "w2_a", "w2_b", "t2")}
)


def difference_of(parts: Tensors, weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
    """ΔW, of the shape of `weight`, and Δb or None; `parts` by their names in the file.

    Raises ModelError for tensors that are none of the kinds above, or do not fit the layer.
    """
    parts = {name: part.float() for name, part in parts.items()}
    if unknown := sorted(parts.keys() - KNOWN):
        raise ModelError(f"it holds {unknown[0]}, which is of no kind that can be read")
    try:
        delta, rank = _plain(parts)
        delta = delta.reshape(weight.shape) * _scale(parts, rank)
        if "dora_scale" in parts:
            delta = decomposed(weight.float(), delta, parts["dora_scale"])
    except (KeyError, RuntimeError) as error:
        raise ModelError(
            f"its tensors are incomplete or of another shape than the layer's {tuple(weight.shape)}"
        ) from error
    return delta, parts.get("diff_b")


def decomposed(weight: torch.Tensor, delta: torch.Tensor, magnitude: torch.Tensor) -> torch.Tensor:
    """DoRA: the change to the direction W + ΔW with its own magnitude, for each input or, as some write it, output.

    `magnitude` is (1, in, …) or (out, 1, …), and says so by its shape.
    """
    merged = weight + delta
    by_output = magnitude.dim() == weight.dim() and magnitude.shape[0] == weight.shape[0] != 1
    if by_output:
        norm = merged.flatten(1).norm(dim=1).view(-1, *[1] * (merged.dim() - 1))
    else:
        norm = merged.transpose(0, 1).flatten(1).norm(dim=1).view(1, -1, *[1] * (merged.dim() - 2))
    change: torch.Tensor = merged * (magnitude.reshape(norm.shape) / norm) - weight
    return change


def _plain(parts: Tensors) -> tuple[torch.Tensor, int | None]:
    """ΔW without its scale, (out, …), and the rank that its scale is by."""
    if "lora_A.weight" in parts:
        return parts["lora_B.weight"].flatten(1) @ parts["lora_A.weight"].flatten(1), None
    if "lora_up.weight" in parts:
        up, down = parts["lora_up.weight"].flatten(1), parts["lora_down.weight"]
        middle = parts.get("lora_mid.weight")
        if middle is not None:
            return torch.einsum("or,rshw,si->oihw", up, middle, down.flatten(1)), down.shape[0]
        return up @ down.flatten(1), down.shape[0]
    if "hada_w1_a" in parts:
        one, other = (_hadamard_factor(parts, number) for number in (1, 2))
        return one * other, parts["hada_w1_b"].shape[0]
    if "lokr_w1" in parts or "lokr_w1_a" in parts:
        return _kronecker(parts)
    return parts["diff"], None


def _hadamard_factor(parts: Tensors, number: int) -> torch.Tensor:
    a, b = parts[f"hada_w{number}_a"], parts[f"hada_w{number}_b"]
    if f"hada_t{number}" not in parts:
        return a @ b
    return torch.einsum("ijkl,jr,ip->prkl", parts[f"hada_t{number}"], b, a)


def _kronecker(parts: Tensors) -> tuple[torch.Tensor, int | None]:
    rank = None
    first, second = parts.get("lokr_w1"), parts.get("lokr_w2")
    if first is None:
        rank, first = parts["lokr_w1_b"].shape[0], parts["lokr_w1_a"] @ parts["lokr_w1_b"]
    if second is None:
        rank = parts["lokr_w2_b"].shape[0]
        if "lokr_t2" in parts:
            second = torch.einsum("ijkl,jr,ip->prkl", parts["lokr_t2"], parts["lokr_w2_b"], parts["lokr_w2_a"])
        else:
            second = parts["lokr_w2_a"] @ parts["lokr_w2_b"]
    return torch.kron(first.reshape(*first.shape, *[1] * (second.dim() - 2)), second), rank


def _scale(parts: Tensors, rank: int | None) -> float:
    if "scale" in parts:
        return float(parts["scale"])
    return float(parts["alpha"]) / rank if "alpha" in parts and rank is not None else 1.0
