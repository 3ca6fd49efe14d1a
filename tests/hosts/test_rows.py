"""A layer's rows, each canvas's apart from the others': what is cut, and what comes back in order."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from lib_omost.errors import OmostError
from lib_omost.hosts.rows import by_rows

ROWS = 4


@dataclass
class Modulation:
    shift: torch.Tensor
    scale: torch.Tensor


def call(**changes: Any) -> Any:
    """Rows 1 and 3 follow a canvas, 0 and 2 none."""
    return SimpleNamespace(**{"rows": ROWS, "groups": [("canvas", torch.tensor([1, 3]))]} | changes)


OTHERS = torch.tensor([0, 2])
X = torch.arange(ROWS * 2, dtype=torch.float32).view(ROWS, 2)
ONE = torch.tensor([5.0, 6.0])  # the same for every row


@pytest.mark.parametrize("kind", [tuple, list])
def test_what_has_a_row_a_picture_is_cut_however_deep_it_lies(kind: type) -> None:
    seen: list[Any] = []

    def steer(_run: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> torch.Tensor:
        seen.append((arguments, keywords))
        return arguments[0] * 10

    nested = kind([kind([Modulation(X, X + 1)]), Modulation(X, ONE)])
    out = by_rows(
        call(others=OTHERS),
        [X, ONE, "text"],
        {"mod": nested},
        given=ROWS,
        original=lambda x, *_, **__: x,
        steer=steer,
    )
    (arguments, keywords) = seen[0]
    assert torch.equal(arguments[0], X[[1, 3]])
    assert torch.equal(arguments[1], ONE)
    inner, outer = keywords["mod"]
    assert type(keywords["mod"]) is type(inner) is kind
    assert torch.equal(inner[0].scale, X[[1, 3]] + 1)
    assert torch.equal(outer.shift, X[[1, 3]])
    assert torch.equal(outer.scale, ONE)
    assert torch.equal(out, torch.stack([X[0], X[1] * 10, X[2], X[3] * 10]))


def test_one_of_several_that_come_back_may_be_nothing() -> None:
    text, image = by_rows(
        call(others=OTHERS),
        [X],
        {},
        given=ROWS,
        original=lambda x: (None, x),
        steer=lambda _run, arguments, _keywords: (None, -arguments[0]),
    )
    assert text is None
    assert torch.equal(image, torch.stack([X[0], -X[1], X[2], -X[3]]))


def test_other_rows_than_the_denoisers_are_refused() -> None:
    with pytest.raises(OmostError, match="5 rows and the denoiser for 4"):
        by_rows(call(others=None), [X], {}, given=5, original=lambda x: x, steer=lambda *_: None)
