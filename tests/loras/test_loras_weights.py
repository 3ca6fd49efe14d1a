"""ΔW of each kind against sums that are written out, in double precision; and its factors."""

from __future__ import annotations

import itertools

import pytest
import torch

from lib_omost.errors import ModelError
from lib_omost.loras.difference import factored
from lib_omost.loras.weights import decomposed, difference_of

RANDOM = torch.Generator().manual_seed(5)


def numbers(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=RANDOM)


def close(ours: torch.Tensor, naive: torch.Tensor) -> None:
    assert ours.shape == naive.shape
    assert torch.allclose(ours.double(), naive, rtol=1e-4, atol=1e-5 * float(naive.abs().max()))


def product(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """a · b, element by element."""
    out = torch.zeros(a.shape[0], b.shape[1], dtype=torch.float64)
    for i, j, k in itertools.product(range(a.shape[0]), range(b.shape[1]), range(a.shape[1])):
        out[i, j] += float(a[i, k]) * float(b[k, j])
    return out


def test_lora_of_a_linear_layer() -> None:
    up, down = numbers(6, 2), numbers(2, 5)
    parts = {"lora_up.weight": up, "lora_down.weight": down, "alpha": torch.tensor(3.0)}
    delta, bias = difference_of(parts, torch.zeros(6, 5))
    close(delta, product(up, down) * 1.5)
    assert bias is None
    close(difference_of({"lora_B.weight": up, "lora_A.weight": down}, torch.zeros(6, 5))[0], product(up, down))


def test_locon_of_a_convolution_with_and_without_a_middle() -> None:
    up, down = numbers(4, 2, 1, 1), numbers(2, 3, 3, 3)
    delta, _ = difference_of({"lora_up.weight": up, "lora_down.weight": down}, torch.zeros(4, 3, 3, 3))
    close(delta, product(up.flatten(1), down.flatten(1)).view(4, 3, 3, 3))
    narrow, middle = numbers(2, 3, 1, 1), numbers(2, 2, 3, 3)
    parts = {"lora_up.weight": up, "lora_down.weight": narrow, "lora_mid.weight": middle, "alpha": torch.tensor(1.0)}
    naive = torch.zeros(4, 3, 3, 3, dtype=torch.float64)
    for o, i, r, s in itertools.product(range(4), range(3), range(2), range(2)):
        naive[o, i] += float(up[o, r, 0, 0]) * middle[r, s].double() * float(narrow[s, i, 0, 0])
    close(difference_of(parts, torch.zeros(4, 3, 3, 3))[0], naive / 2)


@pytest.mark.parametrize("is_tucker", [False, True])
def test_loha(is_tucker: bool) -> None:
    if is_tucker:
        shape, kernel = (4, 3, 2, 2), (2, 2)
        a, b = [numbers(2, 4) for _ in range(2)], [numbers(2, 3) for _ in range(2)]
        cores = [numbers(2, 2, *kernel) for _ in range(2)]
        factors = []
        for core, wa, wb in zip(cores, a, b, strict=True):
            factor = torch.zeros(shape, dtype=torch.float64)
            for p, r, i, j in itertools.product(range(4), range(3), range(2), range(2)):
                factor[p, r] += core[i, j].double() * float(wb[j, r]) * float(wa[i, p])
            factors.append(factor)
        more = {"hada_t1": cores[0], "hada_t2": cores[1]}
    else:
        shape = (6, 5)
        a, b, more = [numbers(6, 2) for _ in range(2)], [numbers(2, 5) for _ in range(2)], {}
        factors = [product(wa, wb) for wa, wb in zip(a, b, strict=True)]
    parts = {"hada_w1_a": a[0], "hada_w1_b": b[0], "hada_w2_a": a[1], "hada_w2_b": b[1], "alpha": torch.tensor(1.0)}
    close(difference_of(parts | more, torch.zeros(shape))[0], factors[0] * factors[1] / 2)


@pytest.mark.parametrize("kind", ["whole", "narrow", "convolution"])
def test_lokr(kind: str) -> None:
    first = numbers(2, 3)
    parts, scale = {"lokr_w1": first}, 1.0
    if kind == "whole":
        second = numbers(4, 2)
        parts["lokr_w2"] = second
    elif kind == "narrow":
        parts |= {"lokr_w2_a": numbers(4, 2), "lokr_w2_b": numbers(2, 2), "alpha": torch.tensor(1.0)}
        second, scale = product(parts["lokr_w2_a"], parts["lokr_w2_b"]), 0.5
    else:
        second = numbers(4, 2, 3, 3)
        parts["lokr_w2"] = second
    naive = torch.zeros(8, 6, *second.shape[2:], dtype=torch.float64)
    for i, j, k, m in itertools.product(range(2), range(3), range(4), range(2)):
        naive[i * 4 + k, j * 2 + m] = float(first[i, j]) * second[k, m].double()
    close(difference_of(parts, torch.zeros(naive.shape))[0], naive * scale)


@pytest.mark.parametrize("by", ["input", "output"])
@pytest.mark.parametrize("shape", [(5, 4), (5, 4, 3, 3), (4, 4)])
def test_dora_gives_every_direction_its_own_magnitude(by: str, shape: tuple[int, ...]) -> None:
    weight, delta = numbers(*shape), numbers(*shape) * 0.1
    count = shape[1] if by == "input" else shape[0]
    magnitude = numbers(count).abs() + 0.5
    ones = [1] * (len(shape) - 2)
    given = magnitude.view(1, -1, *ones) if by == "input" else magnitude.view(-1, 1, *ones)
    naive = torch.empty(shape, dtype=torch.float64)
    merged = weight.double() + delta.double()
    for place in range(count):
        part = merged[:, place] if by == "input" else merged[place]
        turned = part / part.pow(2).sum().sqrt() * float(magnitude[place])
        if by == "input":
            naive[:, place] = turned
        else:
            naive[place] = turned
    close(weight + decomposed(weight, delta, given), naive)


def test_a_whole_difference_and_a_bias() -> None:
    whole, bias = numbers(3, 4), numbers(3)
    delta, found = difference_of({"diff": whole, "diff_b": bias}, torch.zeros(3, 4))
    close(delta, whole.double())
    assert found is not None
    close(found, bias.double())


@pytest.mark.parametrize(
    "parts",
    [
        {"lora_up.weight": numbers(3, 2)},
        {"lora_up.weight": numbers(3, 2), "lora_down.weight": numbers(2, 9)},
        {"oft_diag": numbers(3, 3)},
        {},
    ],
)
def test_tensors_that_fit_no_kind_or_not_the_layer_are_refused(parts: dict[str, torch.Tensor]) -> None:
    with pytest.raises(ModelError):
        difference_of(parts, torch.zeros(3, 4))


@pytest.mark.parametrize("rank", [1, 4, 30])
@pytest.mark.parametrize("shape", [(96, 80), (96, 20, 3, 3)])
def test_factors_are_as_narrow_as_the_rank_and_exact(rank: int, shape: tuple[int, ...]) -> None:
    flat = (shape[0], torch.Size(shape[1:]).numel())
    delta = (numbers(flat[0], rank) @ numbers(rank, flat[1])).view(shape)
    found = factored(delta)
    assert found.up is None or len(found.down) == rank
    assert (found.up is None) == (rank == 30)  # two factors of that many would not pay
    assert float((found.whole - delta).norm()) <= 1e-4 * float(delta.norm())


def test_a_difference_of_full_rank_stays_whole_and_none_is_none() -> None:
    delta = numbers(40, 40)
    assert factored(delta).up is None
    assert torch.equal(factored(delta).whole, delta)
    assert torch.equal(factored(torch.zeros(8, 8)).whole, torch.zeros(8, 8))


def test_the_rounding_of_half_precision_is_no_rank() -> None:
    delta = (numbers(128, 4) @ numbers(4, 160)).half()
    found = factored(delta)
    assert found.up is not None
    assert len(found.down) <= 12
    assert float((found.whole - delta.float()).norm()) <= 2e-3 * float(delta.float().norm())
